import { type Sample, samplesWithRole } from '@holdfast/dataset';
import { comparePaired } from '@holdfast/metrics';
import type {
  CompareResponse,
  PairedPredictions,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { measureTask } from '@holdfast/selection';
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

/** A version of the parameters against the reference on steering data. */
interface MeasuredCandidate {
  readonly candidate: Candidate;
  readonly comparison: CompareResponse;
}

async function compareVersion(
  run: OpenRun,
  steering: Steering,
  version: Pick<Candidate, 'step' | 'average' | 'alpha'>,
): Promise<MeasuredCandidate> {
  const parameters = await prepareVersion(run, {
    checkpointPath: '',
    average: version.average,
    interpolation: version.alpha,
  });
  const candidate = await predictSamples(run, parameters, steering.samples);
  const tasks = pairPredictions(run.tasks, { ...steering, candidate });
  const comparison = await run.clients.evaluator.compare({ tasks });
  return { candidate: { ...version, ...readEvidence(run, tasks) }, comparison };
}

/** What the choice goes by: the target's change, and each protected task's evidence in plan order. */
function readEvidence(
  { tasks, plan }: OpenRun,
  pairs: readonly PairedPredictions[],
): Pick<Candidate, 'targetChange' | 'tasks'> {
  const comparisons = new Map(
    pairs.map(({ task, labels, referencePredictions, candidatePredictions, groups }) => [
      task,
      comparePaired({
        ...{ labels, groups },
        ...{ reference: referencePredictions, candidate: candidatePredictions },
      }),
    ]),
  );
  const target = comparisons.get(tasks.classes[tasks.targetIndex]!);
  return {
    targetChange: target?.accuracyChange ?? 0,
    tasks: tasks.protectedTasks.map(({ name, tolerance }) => {
      const comparison = comparisons.get(name);
      if (comparison === undefined) return null;
      return measureTask(comparison, plan.selection.margin ?? -tolerance);
    }),
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
      const version = { step: stepsTaken, average, alpha };
      const { candidate, comparison } = await compareVersion(run, steering, version);
      if (!average && alpha === 1) last = comparison;
      candidates.push(candidate);
    }
  }
  last ??= (await compareVersion(run, steering, { step: stepsTaken, average: false, alpha: 1 }))
    .comparison;
  return { candidates, last };
}
