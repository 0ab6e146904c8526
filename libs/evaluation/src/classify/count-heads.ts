import type { PlanDraft } from '@holdfast/plan';

/** How many heads a plan wants: one a class and, where negatives share one, one more. */
export function countHeads({ heads }: Pick<PlanDraft, 'heads'>, classCount: number): number {
  if (!heads.enabled) return 0;
  return classCount + (heads.negatives === 'shared' ? 1 : 0);
}
