import { type Dataset, roleNames, samplesWithRole, withoutCorrupted } from '@holdfast/dataset';
import type { RunReport } from '@holdfast/report';

/** An image that could not be read. */
export interface BadImage {
  /** Below the data root. */
  readonly path: string;
  readonly reason: string;
}

/** The images of a run that the encoder could not read. */
export function listBadImages({
  dataset,
  opened,
}: {
  readonly dataset: Dataset;
  readonly opened: {
    readonly badImages: readonly { readonly sample: number; readonly reason: string }[];
  };
}): BadImage[] {
  const bad = opened.badImages.map(({ sample, reason }) => ({
    ...dataset.samples[sample],
    path:
      dataset.samples[sample]?.relativePath ??
      `unlabelled image ${sample - dataset.samples.length + 1}`,
    reason,
  }));
  return withoutCorrupted(bad).map(({ path, reason }) => ({ path, reason }));
}

/** Images that a note names; a report has them all. */
const namedMax = 3;

/** Says how many images are left out and names the first; nothing where none is. */
export function noteBadImages(badImages: readonly BadImage[]): string[] {
  const count = badImages.length;
  if (count === 0) return [];
  const named = badImages.slice(0, namedMax).map(({ path, reason }) => `${path} (${reason})`);
  const rest = count > namedMax ? [`${count - namedMax} more`] : [];
  const subject =
    count === 1 ? '1 image could not be read and is' : `${count} images could not be read and are`;
  return [`${subject} left out: ${[...named, ...rest].join(', ')}`];
}

/** What a report says of the data: examples and groups by role, and what could not be read. */
export function describeData(dataset: Dataset, badImages: readonly BadImage[]): RunReport['data'] {
  const counts = roleNames.flatMap((role) => {
    const samples = withoutCorrupted(samplesWithRole(dataset, role));
    if (samples.length === 0) return [];
    const groups = new Set(samples.map((sample) => sample.group)).size;
    return { role, examples: samples.length, groups };
  });
  return { manifestSha256: dataset.sha256, counts, badImages };
}
