import type { PlanProblem } from './describe-issue.js';
import type { PlanDraft, PlanInput } from './schema.js';

/** `gate.claims.each` is another word for `gate.tolerance`: what is read is the latter. */
export function applyClaims(plan: PlanDraft): PlanDraft {
  const each = plan.gate.claims?.each;
  return each === undefined ? plan : { ...plan, gate: { ...plan.gate, tolerance: each } };
}

/** Two words for one number must not say two. */
export function checkClaims({ given }: { readonly given: Partial<PlanInput> }): PlanProblem[] {
  const { tolerance, claims } = given.gate ?? {};
  if (tolerance === undefined || claims?.each === undefined || claims.each === tolerance) return [];
  const description = `is ${claims.each}, and gate.tolerance is ${tolerance}: both say what one task may lose; keep one`;
  return [{ path: ['gate', 'claims', 'each'], description }];
}
