import { createSampleThumbnail } from '@holdfast/dataset';
import type { RunReport } from '@holdfast/report';
import type { DriftFinding } from '../drift/drift-finding.js';
import type { DriftAnswers } from '../drift/drift-request.js';
import type { DriftData } from '../drift/read-drift.js';
import type { ReleaseAnswer } from '../judge/release-question.js';
import { nameVerdict } from '../verdict/describe-comparison.js';
import { toProtectedResult } from './describe-evidence.js';

/** Pictures of changed answers that the report shows at the most. */
const picturesMax = 60;
/** Longest side of a picture, in pixels. */
const thumbnailSizePx = 96;

/** What was watched beside the protected tasks, and what both models answer there. */
export interface WatchedDrift {
  readonly data: DriftData;
  readonly answers: DriftAnswers;
}

/** Gathers for a report what a release rests on beside the reference's tasks: the first model, and drift. */
export async function reportClaims(
  { first, drift }: ReleaseAnswer,
  watched: WatchedDrift | undefined,
): Promise<Pick<RunReport, 'first' | 'drift'>> {
  return {
    first: first && {
      sha256: first.sha256,
      verdict: nameVerdict(first.gate),
      reason: first.gate.reason,
      tasks: first.gate.tasks.map(toProtectedResult),
    },
    drift: drift && watched && (await collectDrift(drift, watched)),
  };
}

async function collectDrift(
  finding: DriftFinding,
  { data: { texts, samples }, answers }: WatchedDrift,
): Promise<NonNullable<RunReport['drift']>> {
  const changed = samples.flatMap((sample, row) => {
    const [before, after] = [answers.reference[row]!, answers.candidate[row]!];
    return before === after ? [] : [{ sample, before: texts[before]!, after: texts[after]! }];
  });
  // A share of all, evenly spread: the first folder alone would say little.
  const stride = Math.max(1, changed.length / picturesMax);
  const shown = changed.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride));
  return {
    ...finding,
    pictures: await Promise.all(
      shown.map(async ({ sample, before, after }) => ({
        before,
        after,
        path: sample.relativePath,
        thumbnail: await createSampleThumbnail(sample.path, thumbnailSizePx),
      })),
    ),
  };
}
