import type { PlanDraft } from './schema.js';

/** The labels that a plan improves, in its order: each is a target. */
export function listTargets({ target }: Pick<PlanDraft, 'target'>): string[] {
  return [target.class].flat();
}

/** The targets of a plan in a line. */
export function nameTargets(plan: Pick<PlanDraft, 'target'>): string {
  return listTargets(plan).join(', ');
}

/** Where a plan names a target, for messages: `target.class`, of several `target.class[1]`. */
export function targetPath(
  { target }: Pick<PlanDraft, 'target'>,
  index: number,
): (string | number)[] {
  return typeof target.class === 'string' ? ['target', 'class'] : ['target', 'class', index];
}
