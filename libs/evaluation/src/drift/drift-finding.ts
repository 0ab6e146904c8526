import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { DriftReport } from '@holdfast/report';
import type { VerdictName } from '@holdfast/run-store';
import { boundless, nameVerdict } from '../verdict/describe-comparison.js';
import type { DriftData } from './read-drift.js';

/** How often two models answer differently where nobody knows the truth. */
export type DriftFinding = Omit<DriftReport, 'pictures'>;

/** Says what the evaluator found on the images that are watched for drift. */
export function describeDrift(
  { texts, tolerance }: Pick<DriftData, 'texts' | 'tolerance'>,
  gate: GateResponse,
): DriftFinding {
  const { comparison, moreNeeded } = gate.tasks[0]!;
  const { exampleCount: images, groupCount: groups, negativeFlips: changed } = comparison!;
  const { lowerBound, upperBound = boundless } = comparison!;
  const bounds = {
    lowerBound: Math.max(0, -upperBound),
    upperBound: -lowerBound,
  };
  const counts = { images, groups, texts: texts.length, changed, share: changed / images };
  const points = (share: number) => `${(100 * share).toFixed(1)} %`;
  const found = `${changed} of ${images} unlabelled images (${points(counts.share)}) are answered otherwise among ${texts.length} texts (bounds ${points(bounds.lowerBound)} to ${points(bounds.upperBound)})`;
  if (tolerance === undefined)
    return { ...counts, ...bounds, reason: `${found}; no claim was made.` };
  const verdict = nameVerdict(gate);
  const unit = groups === images ? 'images' : 'groups';
  const limit = `the ${points(tolerance)} tolerated`;
  const more =
    moreNeeded === undefined
      ? `no number of further ${unit} like these would clear it`
      : `about ${moreNeeded} more ${unit} like these would`;
  const ends: Record<VerdictName, string> = {
    RETAINED: `more than ${limit} is ruled out.`,
    REGRESSED: `more than ${limit}.`,
    UNDECIDED: `that cannot rule out more than ${limit}; ${more}.`,
  };
  const claim = { tolerance, verdict };
  return { ...counts, ...bounds, claim, reason: `${found}: ${ends[verdict]}` };
}
