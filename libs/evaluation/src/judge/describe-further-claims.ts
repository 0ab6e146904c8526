import type { RunVerdict } from '@holdfast/run-store';
import { describeTaskVerdict, nameVerdict } from '../verdict/describe-comparison.js';
import type { ReleaseAnswer } from './release-question.js';

/** What a release rests on beside the reference's tasks, as verdict files and JSON have it. */
export function describeFurtherClaims(
  { first, drift }: ReleaseAnswer,
  imagesSha256: string | undefined,
): Pick<RunVerdict, 'first' | 'drift'> {
  return {
    first: first
      ? {
          sha256: first.sha256,
          outcome: nameVerdict(first.gate),
          reason: first.gate.reason,
          protected: first.gate.tasks.map(describeTaskVerdict),
        }
      : null,
    drift: drift ? { imagesSha256, ...drift } : null,
  };
}
