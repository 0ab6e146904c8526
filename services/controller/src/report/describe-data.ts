import { type Dataset, roleNames, samplesWithRole } from '@holdfast/dataset';
import type { RunReport } from '@holdfast/report';

/** What a report says of the data: examples and groups by role, and what could not be read. */
export function describeData(
  dataset: Dataset,
  badImages: RunReport['data']['badImages'],
): RunReport['data'] {
  const counts = roleNames.flatMap((role) => {
    const samples = samplesWithRole(dataset, role);
    if (samples.length === 0) return [];
    const groups = new Set(samples.map((sample) => sample.group)).size;
    return { role, examples: samples.length, groups };
  });
  return { manifestSha256: dataset.sha256, counts, badImages };
}
