import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fence, resolveName, sha256 } from '@holdfast/artifacts';
import { samplesWithRole, writeSampleTable } from '@holdfast/dataset';
import {
  type DistilledData,
  openJudging,
  type PlanData,
  pairPredictions,
  referenceParameters,
  requireImages,
  withoutSamples,
  withoutUnreadable,
} from '@holdfast/evaluation';
import { targetChange } from '@holdfast/metrics';
import type { Plan } from '@holdfast/plan';
import {
  describeRunFolder,
  noProgress,
  openMetricsLog,
  type RunModules,
  unshared,
} from '@holdfast/run-store';
import { openSteering } from '../choose/measure-steering.js';
import { predictSamples, prepareVersion } from '../choose/predict-samples.js';
import type { ServiceClients } from '../clients.js';
import { closeRun, type OpenRun, openRun } from '../run/open-run.js';
import { trainRun } from '../train/train-run.js';
import type { TrialMeasurement } from './score-trial.js';

/** What a trial is made of. */
export interface TrialOptions {
  readonly plan: Plan;
  readonly basePath: string;
  /** Of {@link withholdJudged}. */
  readonly data: PlanData;
  /** Its indices count on from those of the data. */
  readonly distilled: DistilledData | undefined;
  readonly modules: RunModules;
  /** d, the columns of an embedding. */
  readonly width: number;
  /** Edge of a prepared image, in pixels. */
  readonly imageSide: number;
  readonly clients: ServiceClients;
  /** Folder for what it writes; removed at its end. */
  readonly path: string;
  /** Asks whether the folder is still this process's. */
  readonly requireHeld: Fence;
  /** Folder for prepared pixels, shared by all trials. */
  readonly cachePath: string;
  readonly onStep: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

const runId = 'tune';

/**
 * Trains a plan to its end and measures its last weights, averaged where the plan averages, on steering data.
 * Nothing is judged and nothing is kept.
 *
 * @throws Fault `cancelled` when it was asked to stop; `diverged` when training diverged.
 */
export async function tryPlan(options: TrialOptions): Promise<TrialMeasurement> {
  const { clients, path, requireHeld } = options;
  try {
    return await train(options);
  } finally {
    await closeRun(clients, { runId, lease: unshared }).catch(() => {});
    await requireHeld();
    await rm(path, { recursive: true, force: true });
  }
}

async function train(options: TrialOptions): Promise<TrialMeasurement> {
  const run = await openTrial(options);
  try {
    return await measure(run, options);
  } finally {
    await run.encoders.close();
  }
}

async function measure(run: OpenRun, { signal, onStep }: TrialOptions): Promise<TrialMeasurement> {
  for (const term of run.terms) {
    await term.recordReference?.({ dataset: run.dataset, onProgress: () => {}, signal });
  }
  // All of them, where a run may spare some: a trial measures once.
  const samples = samplesWithRole(run.dataset, 'steering');
  const reference = await predictSamples(run, referenceParameters, samples, { signal });
  const isFollowed = run.terms.some(({ followsMeasurements }) => followsMeasurements);
  const metrics = await openMetricsLog(run.folder.metrics, 0, run.lease.requireHeld);
  await trainRun(run, noProgress, {
    // Only terms that follow measurements need to be told on the way.
    steering: isFollowed ? await openSteering(run, signal) : undefined,
    metrics,
    publish: (event) => {
      if (event.$case === 'stepApplied') onStep(event.value.step + 1, event.value.totalSteps);
    },
    signal,
  }).finally(() => metrics.close());
  const parameters = await prepareVersion(run, {
    average: run.plan.training.weightAverage > 0,
  });
  const candidate = await predictSamples(run, parameters, samples, { signal });
  const { tasks } = await run.clients.evaluator.compare({
    tasks: pairPredictions(run.tasks, { samples, reference, candidate }),
  });
  return {
    targetChange: targetChange(tasks.filter((task) => task.target)),
    protectedChanges: tasks
      .filter((task) => !task.target)
      .map(({ accuracyChange, standardError, ceiling }) => ({
        // The growth of a ceiling counts as a loss.
        change: ceiling ? -accuracyChange : accuracyChange,
        standardError,
      })),
  };
}

/** Opens a run whose sample table holds no image that judges. */
async function openTrial(options: TrialOptions): Promise<OpenRun> {
  const { plan, basePath, data, distilled, imageSide, clients, path, cachePath, signal } = options;
  const { dataset, tasks, prompts } = data;
  const folder = describeRunFolder(path);
  await mkdir(folder.checkpoints, { recursive: true });
  await writeSampleTable(folder.samples, [...dataset.samples, ...(distilled?.samples ?? [])]);
  const run = await openRun({
    runId,
    // Its services are this process's own.
    lease: { ...unshared, requireHeld: options.requireHeld },
    plan,
    folder,
    dataset,
    tasks,
    prompts,
    distilled,
    modules: options.modules,
    width: options.width,
    clients,
    cachePath,
    signal,
    samplesSha256: sha256(await readFile(folder.samples)),
    modelPath: resolveName(basePath, plan.model),
    onProgress: () => {},
  });
  const bad = new Set(run.opened.badImages.map(({ sample }) => sample));
  const readable = withoutSamples(dataset, bad);
  requireImages(tasks, readable.samples, ['target', 'protected', 'steering']);
  // Of no image: a trial has nothing that could be judged.
  const judging = await openJudging({ plan, basePath, planText: '' }, [], join(path, 'trial'));
  return {
    ...run,
    dataset: readable,
    distilled: withoutUnreadable(distilled, bad),
    judging,
    resolutions: [],
    imageSide,
    basePath,
    drift: undefined,
  };
}
