import { countForwards } from '@holdfast/corruption';
import { type Dataset, samplesWithRole } from '@holdfast/dataset';
import { listConstrained, type RunTasks } from '@holdfast/evaluation';
import type { Plan } from '@holdfast/plan';
import { countStepAttacks, countStepForwards } from '../terms/count-work.js';
import { listTerms } from '../terms/list-terms.js';
import { type MeasuringSchedule, scheduleMeasurements } from './schedule-measurements.js';

/** A plan with the data that it is about. */
export interface ScheduledRun {
  readonly plan: Plan;
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
}

/** Whether the last weights are measured for a term that follows them, beside their average, which is the candidate. */
function measuresLastToo(plan: Plan): boolean {
  const isFollowed = listTerms(plan).some(({ followsMeasurements }) => followsMeasurements);
  return isFollowed && plan.training.weightAverage > 0;
}

/** When a run is measured on steering data; undefined where it has none. */
export function scheduleRun({ plan, dataset, tasks }: ScheduledRun): MeasuringSchedule | undefined {
  const steering = samplesWithRole(dataset, 'steering');
  const steeringImages = steering.length;
  if (steeringImages === 0) return undefined;
  const forwards = steering.reduce((sum, { corruption }) => sum + countForwards(corruption), 0);
  const { protectedTasks } = tasks;
  return scheduleMeasurements({
    steps: plan.training.steps,
    stepForwards: countStepForwards(plan, listConstrained(protectedTasks)),
    steeringImages,
    imageForwards: forwards / steeringImages,
    tasks: protectedTasks.length + 1,
    versions: measuresLastToo(plan) ? 2 : 1,
    alphas: plan.selection.alphas.length,
    shareMax: plan.selection.measuringShare,
    everySteps: plan.selection.everySteps,
  });
}

/** "every 30 steps on 4020 steering images, about 16 % of the run's work". */
export function describeSchedule({
  everySteps,
  screeningImages,
  share,
}: MeasuringSchedule): string {
  const steps = everySteps === 1 ? 'every step' : `every ${everySteps} steps`;
  return `${steps} on ${screeningImages} steering images, about ${toPercent(share)} of the run's work`;
}

/** Says so where training attacks images, where not all steering images are used, or where measuring takes more than the plan allows. */
export function noteSchedule(run: ScheduledRun): string[] {
  return [...noteAttacks(run), ...noteMeasuring(run)];
}

function noteAttacks({ plan, tasks }: ScheduledRun): string[] {
  const constrained = listConstrained(tasks.protectedTasks);
  const share = countStepAttacks(plan, constrained) / countStepForwards(plan, constrained);
  if (share === 0) return [];
  return [
    `training attacks images in every step, about ${toPercent(share)} of its work: fewer steps of the attack, or a smaller training.tasksPerStep or examplesPerTask, lower the share`,
  ];
}

function noteMeasuring(run: ScheduledRun): string[] {
  const schedule = scheduleRun(run);
  if (schedule === undefined) return [];
  const { screeningImages, decidingImages, share } = schedule;
  const allowed = run.plan.selection.measuringShare;
  const all = samplesWithRole(run.dataset, 'steering').length;
  const notes: string[] = [];
  if (screeningImages < all) {
    notes.push(
      `of ${all} steering images ${screeningImages} are measured in training and ${decidingImages} decide between the leading checkpoints: all of them would take more than ${toPercent(allowed)} of the run's work (selection.measuringShare)`,
    );
  }
  if (share > allowed) {
    notes.push(
      `measuring takes about ${toPercent(share)} of the run's work, more than selection.measuringShare (${toPercent(allowed)}): fewer images would say too little. More training.steps, or a larger selection.everySteps, lower the share`,
    );
  }
  return notes;
}

function toPercent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
