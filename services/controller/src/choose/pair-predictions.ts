import type { PairedPredictions } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { OpenRun } from '../run/open-run.js';
import type { Predictions } from './predict-role.js';

/** Mean of the losses at the given positions. */
function meanAt(losses: Float64Array, positions: readonly number[]): number {
  let sum = 0;
  for (const position of positions) sum += losses[position]!;
  return positions.length === 0 ? 0 : sum / positions.length;
}

/**
 * Splits both models' predictions on the same samples into tasks: the target first, then the
 * protected tasks in plan order. A task without samples in this role is left out.
 */
export function pairPredictions(
  run: OpenRun,
  samples: readonly number[],
  reference: Predictions,
  candidate: Predictions,
): PairedPredictions[] {
  const { classes, targetIndex, protectedTasks } = run.tasks;
  const rowsOf = new Map<string, number[]>();
  for (const [row, sample] of samples.entries()) {
    const { label } = run.dataset.samples[sample]!;
    const rows = rowsOf.get(label);
    if (rows === undefined) rowsOf.set(label, [row]);
    else rows.push(row);
  }
  const named = [
    { name: classes[targetIndex]!, label: classes[targetIndex]!, target: true, tolerance: 0 },
    ...protectedTasks.map((task) => ({ ...task, target: false })),
  ];
  return named.flatMap(({ name, label, target, tolerance }) => {
    const rows = rowsOf.get(label) ?? [];
    if (rows.length === 0) return [];
    return {
      task: name,
      target,
      classes: [...classes],
      labels: rows.map(() => classes.indexOf(label)),
      referencePredictions: rows.map((row) => reference.classes[row]!),
      candidatePredictions: rows.map((row) => candidate.classes[row]!),
      groups: rows.map((row) => run.dataset.samples[samples[row]!]!.group),
      tolerance,
      referenceLoss: meanAt(reference.losses, rows),
      candidateLoss: meanAt(candidate.losses, rows),
    };
  });
}
