import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

/** Why there is no candidate, and what the gate finds worst in the checkpoint that is kept instead. */
export function describeInfeasible(margin: number, { tasks }: Pick<GateResponse, 'tasks'>): string {
  const worst = tasks.reduce((a, b) => (changeOf(b) < changeOf(a) ? b : a));
  return `On steering data no candidate kept every protected task within selection.margin (${margin}). The last checkpoint is kept for inspection. On validation data, ${worst.reason}`;
}

function changeOf({ comparison }: GateResponse['tasks'][number]): number {
  return comparison?.accuracyChange ?? 0;
}
