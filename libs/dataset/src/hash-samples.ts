import { sha256 } from '@holdfast/artifacts';
import { formatCorruption } from '@holdfast/corruption';
import type { Sample } from './sample.js';

/** Identity of the data wherever it lies: absolute paths are not part of it. */
export function hashSamples(samples: readonly Sample[]): string {
  const lines = samples.map((sample) =>
    JSON.stringify([
      sample.relativePath,
      sample.sha256,
      sample.label,
      sample.group,
      sample.roles.join('+'),
      ...(sample.columns ? Object.values(sample.columns) : []),
      ...(sample.corruption ? [{ corruption: formatCorruption(sample.corruption) }] : []),
    ]),
  );
  return sha256(`${lines.join('\n')}\n`);
}
