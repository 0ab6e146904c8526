import { calibrationBins, calibrationError } from '@holdfast/metrics';
import type { CalibrationRecord } from '@holdfast/run-store';
import type { PredictionPair } from '../classify/pair-predictions.js';
import { createRowFinder } from '../tasks/protected-task.js';
import { listTargetTasks, type RunTasks } from '../tasks/tasks.js';

/**
 * How well both models know what they know: mean confidence and expected calibration error, over all plain images with a label of
 * the data and over those of each task. It informs, and decides nothing.
 *
 * Images of one class are no sample of what a model answers with that confidence: a task's error says how far confidence lies
 * from accuracy on its images, and is not 0 for a calibrated model.
 *
 * @returns undefined where confidences are not known, or no image has a label
 */
export function describeCalibration(
  runTasks: RunTasks,
  { samples, reference, candidate }: PredictionPair,
): CalibrationRecord | undefined {
  const { classes, protectedTasks } = runTasks;
  const indices = new Map(classes.map((label, index) => [label, index]));
  const labels = samples.map(({ label }) => indices.get(label) ?? -1);
  const known = [...labels.keys()].filter(
    (row) => labels[row]! >= 0 && samples[row]!.corruption === undefined,
  );
  const [old, renewed] = [reference.confidences, candidate.confidences];
  if (known.length === 0 || old === undefined || renewed === undefined) return undefined;
  const measure = (rows: readonly number[], answers: Uint32Array, confidences: Float64Array) => {
    const sure = rows.map((row) => confidences[row]!);
    const isRight = rows.map((row) => answers[row] === labels[row]);
    return {
      confidence: sure.reduce((sum, value) => sum + value, 0) / rows.length,
      error: calibrationError({ confidences: sure, isRight }),
    };
  };
  const compare = (rows: readonly number[]) => ({
    examples: rows.length,
    reference: measure(rows, reference.classes, old),
    candidate: measure(rows, candidate.classes, renewed),
  });
  const rowsOf = createRowFinder(samples);
  const tasks = [
    ...listTargetTasks(runTasks).map((task) => ({ ...task, target: true })),
    ...protectedTasks.map((task) => ({ ...task, target: false })),
  ];
  return {
    bins: calibrationBins,
    all: compare(known),
    tasks: tasks.flatMap(({ name, target: isTarget, ...images }) => {
      const rows = rowsOf(images);
      return rows.length === 0 ? [] : { task: name, target: isTarget, ...compare(rows) };
    }),
  };
}
