import type { PairedPredictions } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { MeasuredModel } from './measure-model.js';
import type { MeasuredData } from './prepare-data.js';

/** A task of a plan and the samples that show it. */
interface TaskSamples {
  readonly name: string;
  readonly target: boolean;
  readonly tolerance: number;
  readonly indices: readonly number[];
}

/** The target, then the protected tasks in plan order, each with its samples that both models read. */
function listTasks(
  { tasks, samples }: MeasuredData,
  isBad: (index: number) => boolean,
): TaskSamples[] {
  const target = tasks.classes[tasks.targetIndex]!;
  const listed = [
    { name: target, label: target, target: true, tolerance: 0 },
    ...tasks.protectedTasks.map(({ name, label, tolerance }) => ({
      name,
      label,
      target: false,
      tolerance,
    })),
  ];
  return listed.map(({ name, label, target, tolerance }) => ({
    name,
    target,
    tolerance,
    indices: samples
      .filter((sample) => sample.label === label && !isBad(sample.index))
      .map(({ index }) => index),
  }));
}

/**
 * Pairs what two models say of the same samples, task by task. A task without samples is left out.
 *
 * @param tolerance instead of the plan's, where given
 */
export function pairModels(
  data: MeasuredData,
  reference: MeasuredModel,
  candidate: MeasuredModel,
  tolerance?: number,
): PairedPredictions[] {
  const isBad = (index: number) =>
    reference.badSamples.has(index) || candidate.badSamples.has(index);
  const { classes } = data.tasks;
  return listTasks(data, isBad)
    .filter(({ indices }) => indices.length > 0)
    .map((task) => ({
      task: task.name,
      target: task.target,
      classes: [...classes],
      labels: task.indices.map((i) => classes.indexOf(data.samples[i]!.label)),
      referencePredictions: task.indices.map((i) => reference.predictions[i]!),
      candidatePredictions: task.indices.map((i) => candidate.predictions[i]!),
      groups: task.indices.map((i) => data.samples[i]!.group),
      tolerance: task.target ? 0 : (tolerance ?? task.tolerance),
      referenceLoss: mean(task.indices.map((i) => reference.losses[i]!)),
      candidateLoss: mean(task.indices.map((i) => candidate.losses[i]!)),
    }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
