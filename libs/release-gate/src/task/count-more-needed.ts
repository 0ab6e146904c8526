import type { ChangeEvidence, DropQuestion } from '../evidence/change-evidence.js';

/** More than this is not worth telling apart. */
export const moreNeededMax = 10_000_000;

/**
 * How many more independent units (examples, or groups where there are groups) like those seen would
 * bring the lower bound to -tolerance, at the observed change and discordance.
 *
 * @returns 0 if none would, because the observed change is no better than -tolerance; at the most
 *   {@link moreNeededMax}.
 */
export function countMoreNeeded(
  evidence: Pick<ChangeEvidence, 'wouldRetain'>,
  question: DropQuestion,
  observed: { readonly units: number; readonly change: number },
): number {
  const { units, change } = observed;
  if (change <= -question.tolerance) return 0;
  const decides = (total: number) => evidence.wouldRetain(question, total / units);
  let enough = units + 1;
  while (!decides(enough)) {
    if (enough - units >= moreNeededMax) return moreNeededMax;
    enough = Math.min(units + moreNeededMax, enough * 2);
  }
  let short = units;
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (decides(middle)) enough = middle;
    else short = middle;
  }
  return enough - units;
}
