import { type Sample, samplesWithRole } from '@holdfast/dataset';
import {
  listTargetTasks,
  type Predictions,
  pairPredictions,
  referenceParameters,
} from '@holdfast/evaluation';
import { comparePaired, targetChange } from '@holdfast/metrics';
import type {
  CompareResponse,
  PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { ParameterSelector } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { Candidate } from '@holdfast/run-store';
import { measureTask } from '@holdfast/selection';
import type { OpenRun } from '../run/open-run.js';
import { predictSamples, prepareVersion } from './predict-samples.js';
import type { MeasuringSchedule } from './schedule-measurements.js';
import { scheduleRun } from './schedule-run.js';
import { spreadSamples } from './spread-samples.js';

/** What measuring on steering data took. */
export interface MeasuringCost {
  readonly measuringSeconds: number;
  /** Images embedded for it. */
  readonly measuredImages: number;
}

/** Steering data of a run with the reference's predictions, measured once. */
export interface Steering {
  /** The images that decide, in an order of which every beginning spreads over classes and groups. */
  readonly samples: readonly Sample[];
  readonly reference: Predictions;
  readonly schedule: MeasuringSchedule;
  /** What measuring the reference took. */
  readonly cost: MeasuringCost;
}

/** Measures the reference on steering data; undefined where the data set has none. */
export async function openSteering(
  run: OpenRun,
  signal: AbortSignal,
): Promise<Steering | undefined> {
  const schedule = scheduleRun(run);
  if (schedule === undefined) return undefined;
  const all = samplesWithRole(run.dataset, 'steering');
  const samples = spreadSamples(all, run.plan.seed).slice(0, schedule.decidingImages);
  const from = performance.now();
  const reference = await predictSamples(run, referenceParameters, samples, { signal });
  const measuringSeconds = (performance.now() - from) / 1000;
  const cost = { measuringSeconds, measuredImages: samples.length };
  return { samples, reference, schedule, cost };
}

/** Where its parameters are, on how many of the images, and whether it may be stopped. */
interface CompareOptions {
  readonly selector: ParameterSelector;
  readonly images: number;
  readonly signal?: AbortSignal | undefined;
}

/** A version of the parameters against the reference on steering data. */
interface Measured {
  readonly candidate: Candidate;
  readonly comparison: CompareResponse;
}

/** Compares a version of the parameters with the reference on the first images of the steering data. */
async function compareVersion(
  run: OpenRun,
  { samples, reference }: Steering,
  version: Pick<Candidate, 'step' | 'average' | 'alpha'>,
  { selector, images, signal }: CompareOptions,
): Promise<Measured> {
  const parameters = await prepareVersion(run, selector);
  const measured = samples.slice(0, images);
  const candidate = await predictSamples(run, parameters, measured, { signal });
  const known = {
    classes: reference.classes.subarray(0, images),
    losses: reference.losses.subarray(0, images),
  };
  const tasks = pairPredictions(run.tasks, { samples: measured, reference: known, candidate });
  const comparison = await run.clients.evaluator.compare({ tasks });
  return { candidate: { ...version, images, ...readEvidence(run, tasks) }, comparison };
}

/** What the choice goes by: the targets' change in the mean, and each protected task's evidence in plan order. */
function readEvidence(
  { tasks, plan }: OpenRun,
  pairs: readonly PairedPredictions[],
): Pick<Candidate, 'targetChange' | 'tasks'> {
  const comparisons = new Map(
    pairs.map(({ task, labels, referencePredictions, candidatePredictions, groups }) => [
      task,
      comparePaired({
        labels,
        groups,
        reference: referencePredictions,
        candidate: candidatePredictions,
      }),
    ]),
  );
  const targets = listTargetTasks(tasks).flatMap(({ name }) => comparisons.get(name) ?? []);
  return {
    targetChange: targetChange(targets),
    tasks: tasks.protectedTasks.map(({ name, tolerance, ceiling }) => {
      const comparison = comparisons.get(name);
      if (comparison === undefined) return null;
      return measureTask({ comparison, ceiling }, plan.selection.margin ?? -tolerance);
    }),
  };
}

/** What may be released of every checkpoint: the average of the weights where the plan keeps one, at the largest alpha. */
export function releasedVersion({ training, selection }: OpenRun['plan']) {
  return { average: training.weightAverage > 0, alpha: Math.max(...selection.alphas) };
}

/** What a measurement in training found. */
export interface SteeringResult extends Measured {
  /** The last weights against the reference, where a term follows them. */
  readonly last?: CompareResponse;
}

/** Measures what may be released of the weights as they stand, and the last weights where a term follows them. */
export async function measureSteering(
  run: OpenRun,
  steering: Steering,
  step: number,
): Promise<SteeringResult> {
  const images = steering.schedule.screeningImages;
  const measure = (average: boolean, alpha: number) => {
    const selector = { average, interpolation: alpha };
    return compareVersion(run, steering, { step, average, alpha }, { selector, images });
  };
  const { average, alpha } = releasedVersion(run.plan);
  const measured = await measure(average, alpha);
  if (!run.terms.some(({ followsMeasurements }) => followsMeasurements)) return measured;
  const isLast = !average && alpha === 1;
  return { ...measured, last: (isLast ? measured : await measure(false, 1)).comparison };
}

/** Measures a version of a checkpoint on all images that decide. */
export async function measureVersion(
  run: OpenRun,
  steering: Steering,
  version: Pick<Candidate, 'step' | 'average' | 'alpha'>,
  { selector, signal }: { readonly selector: ParameterSelector; readonly signal: AbortSignal },
): Promise<Candidate> {
  const images = steering.samples.length;
  return (await compareVersion(run, steering, version, { selector, images, signal })).candidate;
}
