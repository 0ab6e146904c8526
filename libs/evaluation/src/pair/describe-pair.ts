import type { Role } from '@holdfast/dataset';
import type { MeasuredPair } from './measure-pair.js';

/**
 * What was measured, bound by sha256: the head of every JSON about two models.
 *
 * @param role of the plan's data, or `pool`
 */
export function describePair(
  { reference, candidate, data, badImages }: MeasuredPair,
  role: Role | 'pool',
) {
  return {
    reference: { path: reference.path, sha256: reference.sha256 },
    candidate: { path: candidate.path, sha256: candidate.sha256 },
    data: { sha256: data.dataset.sha256, role, unreadable: badImages.length },
  };
}
