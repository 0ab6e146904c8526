import type { ProtectedTask } from '@holdfast/evaluation';
import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type Candidate, describeCandidate } from '@holdfast/run-store';
import type { RankedVersion } from '@holdfast/selection';

/** Tasks that are named one by one. */
const namedMax = 3;

/**
 * Why there is no candidate: which protected tasks steering data show to have regressed in the one that
 * came nearest, and what the gate finds worst in it.
 */
export function describeInfeasible(
  protectedTasks: readonly Pick<ProtectedTask, 'name'>[],
  { version, regressed }: RankedVersion<Candidate>,
  { tasks }: Pick<GateResponse, 'tasks'>,
): string {
  const worst = tasks.reduce((a, b) => (changeOf(b) < changeOf(a) ? b : a));
  const losses = regressed
    .slice(0, namedMax)
    .map((k) => `'${protectedTasks[k]!.name}' (${formatPoints(version.tasks[k]!.change)} points)`);
  const others = regressed.length - losses.length;
  const named = [...losses, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  return `Steering data show a regression in every candidate. The one that came nearest is kept for inspection, ${describeCandidate(version)}; it lost on ${named}. On validation data, ${worst.reason}`;
}

function formatPoints(change: number): string {
  return (100 * change).toFixed(1);
}

function changeOf({ comparison }: GateResponse['tasks'][number]): number {
  return comparison?.accuracyChange ?? 0;
}
