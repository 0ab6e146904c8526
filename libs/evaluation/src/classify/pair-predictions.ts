import type { Sample } from '@holdfast/dataset';
import type {
  MissingExamples,
  PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { createRowFinder } from '../tasks/protected-task.js';
import { listTargetTasks, type RunTasks } from '../tasks/tasks.js';
import type { Predictions } from './classify-samples.js';

/** Two models' predictions on the same samples, in their order. */
export interface PredictionPair {
  readonly samples: readonly Sample[];
  readonly reference: Predictions;
  readonly candidate: Predictions;
  /** By label, what is left out where not all labels are known: every task is then one label's. Absent: nothing is. */
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
 * Splits both models' predictions into tasks: the targets first, then the protected tasks in plan
 * order. A task without samples among these is left out.
 */
export function pairPredictions(
  runTasks: RunTasks,
  { samples, reference, candidate, missing }: PredictionPair,
): PairedPredictions[] {
  const { classes, protectedTasks } = runTasks;
  const rowsOf = createRowFinder(samples);
  const indices = new Map(classes.map((label, index) => [label, index]));
  const improved = { target: true, tolerance: 0, ceiling: false };
  const named = [
    ...listTargetTasks(runTasks).map((task) => ({ ...task, ...improved })),
    ...protectedTasks.map((task) => ({ ...task, target: false })),
  ];
  return named.flatMap(({ name, target, tolerance, ceiling, ...images }) => {
    const rows = rowsOf(images);
    if (rows.length === 0) return [];
    const labels = rows.map((row) => indices.get(samples[row]!.label)!);
    const predicted = [reference, candidate].map((model) => rows.map((row) => model.classes[row]!));
    // Of a thousand classes those that occur: all of them, a thousand times, would not fit a message.
    const occurring = [...new Set([...labels, ...predicted.flat()])].sort((a, b) => a - b);
    const place = new Map(occurring.map((index, i) => [index, i]));
    const [referencePredictions, candidatePredictions] = predicted.map((indices) =>
      indices.map((index) => place.get(index)!),
    ) as [number[], number[]];
    return {
      task: name,
      target,
      classes: occurring.map((index) => classes[index]!),
      labels: labels.map((index) => place.get(index)!),
      referencePredictions,
      candidatePredictions,
      groups: rows.map((row) => samples[row]!.group),
      tolerance,
      referenceLoss: meanAt(reference.losses, rows),
      candidateLoss: meanAt(candidate.losses, rows),
      missing: missing?.get(images.labels[0]!),
      // Absent where it is none, so that ledgers know their judgements again.
      ceiling: ceiling || undefined,
    };
  });
}
