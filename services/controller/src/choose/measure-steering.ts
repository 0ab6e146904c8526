import { type Sample, samplesWithRole } from '@holdfast/dataset';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Predictions } from '../classify/classify-samples.js';
import { pairPredictions } from '../classify/pair-predictions.js';
import type { OpenRun } from '../run/open-run.js';
import type { Candidate } from '../train/run-progress.js';
import { predictSamples, prepareVersion, referenceParameters } from './predict-samples.js';

/** Steering data of a run with the reference's predictions, measured once. */
export interface Steering {
  readonly samples: readonly Sample[];
  readonly reference: Predictions;
}

/** Measures the reference on steering data; undefined where the data set has none. */
export async function openSteering(
  run: OpenRun,
  signal: AbortSignal,
): Promise<Steering | undefined> {
  const samples = samplesWithRole(run.dataset, 'steering');
  if (samples.length === 0) return undefined;
  const reference = await predictSamples(run, referenceParameters(run), samples, { signal });
  return { samples, reference };
}

/** Compares a version of the parameters with the reference on steering data. */
async function compareVersion(
  run: OpenRun,
  steering: Steering,
  version: Pick<Candidate, 'average' | 'alpha'>,
): Promise<CompareResponse> {
  const parameters = await prepareVersion(run, {
    checkpointPath: '',
    average: version.average,
    interpolation: version.alpha,
  });
  const candidate = await predictSamples(run, parameters, steering.samples);
  return run.clients.evaluator.compare({
    tasks: pairPredictions(run.tasks, { ...steering, candidate }),
  });
}

/** Changes of a comparison: the target's, and each protected task's in plan order. */
function readChanges(run: OpenRun, comparison: CompareResponse) {
  const changeOf = new Map(comparison.tasks.map((task) => [task.task, task.accuracyChange]));
  return {
    targetChange: comparison.tasks.find((task) => task.target)?.accuracyChange ?? 0,
    accuracyChanges: run.tasks.protectedTasks.map((task) => changeOf.get(task.name) ?? 0),
  };
}

/** What a measurement on steering data found. */
export interface SteeringResult {
  /** Every version of these weights that may be released. */
  readonly candidates: readonly Candidate[];
  /** The last weights against the reference, for the multipliers. */
  readonly last: CompareResponse;
}

/** Measures the weights of now, their average and their interpolations with the reference. */
export async function measureSteering(
  run: OpenRun,
  steering: Steering,
  stepsTaken: number,
): Promise<SteeringResult> {
  const { weightAverage } = run.plan.training;
  const candidates: Candidate[] = [];
  let last: CompareResponse | undefined;
  for (const average of weightAverage > 0 ? [false, true] : [false]) {
    for (const alpha of run.plan.selection.alphas) {
      const comparison = await compareVersion(run, steering, { average, alpha });
      if (!average && alpha === 1) last = comparison;
      candidates.push({ step: stepsTaken, average, alpha, ...readChanges(run, comparison) });
    }
  }
  last ??= await compareVersion(run, steering, { average: false, alpha: 1 });
  return { candidates, last };
}
