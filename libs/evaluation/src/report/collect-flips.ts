import { createSampleThumbnail } from '@holdfast/dataset';
import type { RunReport } from '@holdfast/report';
import type { PredictionPair } from '../classify/pair-predictions.js';

/** Pictures of each kind that the report shows at the most. */
const picturesMax = 60;
/** Longest side of a picture, in pixels. */
const thumbnailSizePx = 96;

/** How many answers of two models flipped, and pictures of some, the largest change of loss first. */
export async function collectFlips(
  classes: readonly string[],
  { samples, reference, candidate }: PredictionPair,
): Promise<Pick<RunReport, 'flips' | 'flipCounts'>> {
  const rows = samples.map((sample, row) => {
    const label = classes.indexOf(sample.label);
    const before = reference.classes[row] === label;
    const after = candidate.classes[row] === label;
    return { row, sample, before, after, change: candidate.losses[row]! - reference.losses[row]! };
  });
  const flips: RunReport['flips'][number][] = [];
  const flipCounts = { negative: 0, positive: 0 };
  for (const kind of ['negative', 'positive'] as const) {
    const flipped = rows.filter(({ before, after }) =>
      kind === 'negative' ? before && !after : !before && after,
    );
    flipCounts[kind] = flipped.length;
    const chosen = flipped
      .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.row - b.row)
      .slice(0, picturesMax);
    for (const { row, sample } of chosen) {
      flips.push({
        kind,
        label: sample.label,
        referencePrediction: classes[reference.classes[row]!]!,
        candidatePrediction: classes[candidate.classes[row]!]!,
        group: sample.group,
        path: sample.relativePath,
        thumbnail: await createSampleThumbnail(sample.path, thumbnailSizePx),
      });
    }
  }
  return { flips, flipCounts };
}
