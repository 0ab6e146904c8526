import type { RunVerdict } from '@holdfast/run-store';
import { describeClaims, describeSensitivity } from '../verdict/describe-claims.js';
import { describeComparison, describeTaskVerdict } from '../verdict/describe-comparison.js';
import { describeFurtherClaims } from './describe-further-claims.js';
import type { ReleaseAnswer } from './release-question.js';

/** What the gate says of a candidate, as verdict files and JSON have it. */
export type DescribedAnswer = Pick<
  RunVerdict,
  | 'devSafetyAccuracy'
  | 'devSafetyLoss'
  | 'target'
  | 'protected'
  | 'first'
  | 'drift'
  | 'claims'
  | 'sensitivity'
>;

/**
 * Describes everything that the gate found.
 *
 * @param imagesSha256 of the images that are watched for drift, where there are any
 */
export function describeAnswer(
  answer: ReleaseAnswer,
  imagesSha256: string | undefined,
): DescribedAnswer {
  const { gate } = answer;
  return {
    devSafetyAccuracy: gate.devSafetyAccuracy,
    devSafetyLoss: gate.devSafetyLoss ?? null,
    target: gate.targets.map(describeComparison),
    protected: gate.tasks.map(describeTaskVerdict),
    ...describeFurtherClaims(answer, imagesSha256),
    claims: describeClaims(gate),
    sensitivity: { decides: false, bounds: describeSensitivity(gate) },
  };
}
