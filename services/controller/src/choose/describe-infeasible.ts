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
  protectedTasks: readonly Pick<ProtectedTask, 'name' | 'ceiling'>[],
  { version, regressed }: RankedVersion<Candidate>,
  { tasks }: Pick<GateResponse, 'tasks'>,
): string {
  const worst = tasks.reduce((a, b) => (changeOf(b) < changeOf(a) ? b : a));
  const shown = regressed.slice(0, namedMax);
  const name = (ceiling: boolean) =>
    shown
      .filter((k) => protectedTasks[k]!.ceiling === ceiling)
      .map(
        (k) => `'${protectedTasks[k]!.name}' (${formatPoints(version.tasks[k]!.change)} points)`,
      );
  const others = regressed.length - shown.length;
  const [losses, growth] = [name(false), name(true)];
  if (others > 0) (losses.length > 0 ? losses : growth).push(`${others} more`);
  const named = [
    ...(losses.length > 0 ? [`lost on ${losses.join(', ')}`] : []),
    ...(growth.length > 0 ? [`grew on ${growth.join(', ')}`] : []),
  ].join(' and ');
  return `Steering data show a regression in every candidate. The one that came nearest is kept for inspection, ${describeCandidate(version)}; it ${named}. On validation data, ${worst.reason}`;
}

function formatPoints(change: number): string {
  return (100 * change).toFixed(1);
}

/** Negative is what must not be: a loss, or a ceiling's growth. */
function changeOf({ comparison }: GateResponse['tasks'][number]): number {
  const { accuracyChange = 0, ceiling = false } = comparison ?? {};
  return ceiling ? -accuracyChange : accuracyChange;
}
