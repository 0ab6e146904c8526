import { sha256 } from '@holdfast/artifacts';
import { type Corruption, formatCorruption, pixelCorruption } from '@holdfast/corruption';
import { hashSamples } from './hash-samples.js';
import type { Dataset, Role, Sample } from './sample.js';

/** A sample to have corrupted, too. */
export interface CorruptedCopy {
  readonly original: Sample;
  readonly corruption: Corruption;
  /** Those of the original that the copy has. */
  readonly roles: readonly Role[];
}

/** Changes whenever the same corruption would give other pixels. */
const corruptionVersion = 'holdfast corruption 1';

/**
 * Adds corrupted samples after all others. A copy has its original's label, group and columns: images of one group count as one
 * piece of evidence, however many there are.
 */
export function addCorrupted(dataset: Dataset, copies: readonly CorruptedCopy[]): Dataset {
  if (copies.length === 0) return dataset;
  const first = dataset.samples.length;
  const added = copies.map(
    ({ original, corruption, roles }, i): Sample => ({
      ...original,
      index: first + i,
      relativePath: `${original.relativePath} (${formatCorruption(corruption)})`,
      roles,
      corruption,
    }),
  );
  const samples = [...dataset.samples, ...added];
  return { ...dataset, samples, sha256: hashSamples(samples) };
}

/** Images as they are, each once. */
export function withoutCorrupted<T extends Pick<Sample, 'corruption'>>(samples: readonly T[]): T[] {
  return samples.filter(({ corruption }) => corruption === undefined);
}

/**
 * What a sample's pixels are a function of, beside preprocessing: its file's sha256, or that with what is done to it, hashed. An attack is made of
 * the pixels later, by a model.
 */
export function identifyContent({
  sha256: file,
  corruption,
}: Pick<Sample, 'sha256' | 'corruption'>): string {
  const done = pixelCorruption(corruption);
  if (done === undefined) return file;
  return sha256(`${corruptionVersion}\n${file}\n${formatCorruption(done)}`);
}
