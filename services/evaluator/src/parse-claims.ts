import type { GateRequest } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Claim } from '@holdfast/release-gate';
import type { ViolationCollector } from '@holdfast/service-kit';

/** Checks the claims of a request; what is wrong goes to `violations`. */
export function parseClaims(
  { claims, tasks }: GateRequest,
  violations: ViolationCollector,
): readonly Claim[] {
  const total = tasks.filter(({ target, ceiling }) => !target && !ceiling).length;
  const seen = new Set<number>();
  claims.forEach(({ taskCount, tolerance }, i) => {
    violations.require(
      taskCount >= 2 && taskCount <= total,
      `claims[${i}].task_count`,
      `must be from 2 to the number of protected tasks that are no ceilings (${total}), is ${taskCount}`,
    );
    violations.require(
      !seen.has(taskCount),
      `claims[${i}].task_count`,
      `is that of another claim too (${taskCount})`,
    );
    violations.require(
      tolerance >= 0 && tolerance <= 1,
      `claims[${i}].tolerance`,
      `must be in [0, 1], is ${tolerance}`,
    );
    seen.add(taskCount);
  });
  return claims;
}
