import type { ClipDirectory } from '@holdfast/clip';
import { type Drive, drives } from '@holdfast/constraints';
import type { Dataset } from '@holdfast/dataset';
import { createTaskFinder, listConstrained, type RunTasks } from '@holdfast/evaluation';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { type Plan, trainsOnFeatures } from '@holdfast/plan';
import { stepLimits } from '@holdfast/service-kit';
import { planConstraint, recordsReferences } from './constraint/constraint-term.js';
import { countStepSets } from './count-work.js';
import { pairings } from './objective/pairings.js';
import type { DrawnImages } from './term.js';

/** A plan with the model and data whose steps have a size. */
export interface SizedRun {
  readonly plan: Plan;
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
  readonly model: { readonly preprocessing: ClipDirectory['preprocessing'] };
}

/**
 * Refuses steps, and references to record before them, that the services would refuse for their size, before anything is computed.
 *
 * @param isAlone whether one encoder takes the whole step, which several divide
 * @throws Fault `invalid` naming the fields of the plan.
 */
export function checkStepSize(run: SizedRun, isAlone: boolean): void {
  const violations = [
    ...findPairs(run),
    ...(isAlone ? findImages(run) : []),
    ...findReferences(run),
  ];
  if (violations.length === 0) return;
  throw new Fault('invalid', 'the plan is beyond what a run can hold', { violations });
}

/** Says where a step is more than one encoder holds. */
export function noteStepSize(run: SizedRun): string[] {
  return findImages(run).map(({ field, description }) => `${field} ${description}`);
}

/** The field that says how many images of a set a step draws. */
const fields: Readonly<Record<DrawnImages, string>> = {
  target: 'training.targetBatch',
  protected: 'training.tasksPerStep',
  unlabelled: 'distillation.unlabelled.batch',
};

function findPairs({ plan, tasks }: SizedRun): FieldViolation[] {
  if (plan.objective.module !== undefined) return [];
  const { pairsMax } = stepLimits;
  const counts = countSets(plan, tasks);
  const paired = pairings[plan.objective.kind].images;
  const pairs = paired.reduce((sum, set) => sum + counts[set], 0);
  if (pairs <= pairsMax) return [];
  const field = fields[findLargest(counts, paired)];
  const description = `gives a step ${pairs} pairs, and ${pairsMax} can be contrasted with one another${adviseTasks(field)}`;
  return [{ field, description }];
}

function findImages({ plan, tasks, model }: SizedRun): FieldViolation[] {
  if (trainsOnFeatures(plan)) return [];
  const { cropHeight, cropWidth } = model.preprocessing;
  const most = Math.floor(stepLimits.pixelsMax / (3 * cropHeight * cropWidth));
  const counts = countSets(plan, tasks);
  const images = counts.target + counts.protected + counts.unlabelled;
  if (images <= most) return [];
  const field = fields[findLargest(counts, ['target', 'protected', 'unlabelled'])];
  const description = `gives a step ${images} images, and one encoder holds ${most} of ${cropWidth} x ${cropHeight} pixels${adviseTasks(field)}, or have ${Math.ceil(images / most)} encoders share them`;
  return [{ field, description }];
}

function adviseTasks(field: string): string {
  return field === fields.protected
    ? ': have it visit fewer tasks, or see fewer of training.examplesPerTask'
    : ': lower it';
}

function findReferences({ plan, dataset, tasks }: SizedRun): FieldViolation[] {
  if (!recordsReferences(plan) || planConstraint(plan) === undefined) return [];
  const { referencesMax, unfittedCosinesMax } = stepLimits;
  const { drive, augmentation } = plan.constraints;
  const { fitsTemperature }: Drive = drives[drive];
  const samplesOf = createTaskFinder(dataset, 'protected');
  const held = listConstrained(tasks.protectedTasks).map((task) => ({
    images: samplesOf(task).length,
    classes: task.among.length,
  }));
  const images = held.reduce((sum, task) => sum + task.images, 0);
  const cosines = held.reduce((sum, task) => sum + task.images * task.classes, 0);
  const advice = 'have fewer images train (trainingImages), or fewer tasks (constrain: false)';
  if (fitsTemperature && cosines > unfittedCosinesMax) {
    const description = `is ${drive}, which fits temperatures to ${cosines} cosines of protected images with the classes that they are told apart among, and ${unfittedCosinesMax} fit: take another drive, or ${advice}`;
    return [{ field: 'constraints.drive', description }];
  }
  if (images > referencesMax) {
    const field = fitsTemperature ? 'constraints.drive' : 'constraints.augmentation';
    const description = `is ${fitsTemperature ? drive : augmentation}, which keeps what the old model gives on ${images} protected images, counted for each task that they are of, and ${referencesMax} fit: ${advice}`;
    return [{ field, description }];
  }
  return [];
}

function countSets(plan: Plan, { protectedTasks }: RunTasks): Record<DrawnImages, number> {
  return countStepSets(plan, listConstrained(protectedTasks).length);
}

function findLargest(
  counts: Record<DrawnImages, number>,
  sets: readonly DrawnImages[],
): DrawnImages {
  return sets.reduce((most, set) => (counts[set] > counts[most] ? set : most));
}
