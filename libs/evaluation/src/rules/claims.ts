import { claimSizes, type Plan } from '@holdfast/plan';
import type { Claim } from '@holdfast/release-gate';

/** A claim that a plan states about several tasks, and the field that states it. */
export interface PlanClaim extends Claim {
  readonly name: keyof typeof claimSizes | 'together';
}

/**
 * The claims that a plan states about the mean of several of its protected tasks, fewer tasks first.
 * `each` is not among them: it is every task's own tolerance.
 */
export function listClaims({ claims = {} }: Plan['gate'], taskTotal: number): PlanClaim[] {
  const sizes = Object.entries({ ...claimSizes, together: taskTotal });
  return sizes.flatMap(([key, taskCount]) => {
    const name = key as PlanClaim['name'];
    const tolerance = claims[name];
    return tolerance === undefined ? [] : [{ name, taskCount, tolerance }];
  });
}

/** One claim a number of tasks: the stricter where `anyThree` and `together` are about the same three. */
export function gatherClaims(gate: Plan['gate'], taskTotal: number): Claim[] {
  const strictest = new Map<number, number>();
  for (const { taskCount, tolerance } of listClaims(gate, taskTotal)) {
    strictest.set(taskCount, Math.min(tolerance, strictest.get(taskCount) ?? 1));
  }
  return [...strictest].map(([taskCount, tolerance]) => ({ taskCount, tolerance }));
}
