import type { Sample } from '@holdfast/dataset';
import type {
  MissingExamples,
  PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunTasks } from '../tasks/tasks.js';
import type { Predictions } from './classify-samples.js';

/** Two models' predictions on the same samples, in their order. */
export interface PredictionPair {
  readonly samples: readonly Sample[];
  readonly reference: Predictions;
  readonly candidate: Predictions;
  /** By label, what is left out where not all labels are known; absent: nothing is. */
  readonly missing?: ReadonlyMap<string, MissingExamples> | undefined;
}

/** Mean of the losses at the given positions, as far as they are known; undefined where none is. */
function meanAt(losses: Float64Array, positions: readonly number[]): number | undefined {
  let sum = 0;
  let count = 0;
  for (const position of positions) {
    const loss = losses[position]!;
    if (Number.isNaN(loss)) continue;
    sum += loss;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

/**
 * Splits both models' predictions into tasks: the target first, then the protected tasks in plan
 * order. A task without samples among these is left out.
 */
export function pairPredictions(
  { classes, targetIndex, protectedTasks }: RunTasks,
  { samples, reference, candidate, missing }: PredictionPair,
): PairedPredictions[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, { label }] of samples.entries()) {
    const rows = rowsOf.get(label);
    if (rows === undefined) rowsOf.set(label, [row]);
    else rows.push(row);
  }
  const target = classes[targetIndex]!;
  const named = [
    { name: target, label: target, target: true, tolerance: 0 },
    ...protectedTasks.map((task) => ({ ...task, target: false })),
  ];
  return named.flatMap(({ name, label, target, tolerance }) => {
    const rows = rowsOf.get(label);
    if (rows === undefined) return [];
    const own = classes.indexOf(label);
    const predicted = [reference, candidate].map((model) => rows.map((row) => model.classes[row]!));
    // Of a thousand classes those that occur: all of them, a thousand times, would not fit a message.
    const occurring = [...new Set([own, ...predicted.flat()])].sort((a, b) => a - b);
    const place = new Map(occurring.map((index, i) => [index, i]));
    const [referencePredictions, candidatePredictions] = predicted.map((indices) =>
      indices.map((index) => place.get(index)!),
    ) as [number[], number[]];
    return {
      task: name,
      target,
      classes: occurring.map((index) => classes[index]!),
      labels: rows.map(() => place.get(own)!),
      referencePredictions,
      candidatePredictions,
      groups: rows.map((row) => samples[row]!.group),
      tolerance,
      referenceLoss: meanAt(reference.losses, rows),
      candidateLoss: meanAt(candidate.losses, rows),
      missing: missing?.get(label),
    };
  });
}
