import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { resolveName, sha256 } from '@holdfast/artifacts';
import { type ClipDirectory, openClipDirectory } from '@holdfast/clip';
import { type Dataset, samplesWithRole, writeSampleTable } from '@holdfast/dataset';
import {
  checkPlanParts,
  type DistilledData,
  type DriftData,
  listJudging,
  openJudging,
  type PlanData,
  type RunPrompts,
  type RunTasks,
  readDistilled,
  readDrift,
  readPlanData,
  requireJudgement,
  requireRoles,
  resolveDraft,
  withoutImages,
  withoutSamples,
  withoutUnreadable,
} from '@holdfast/evaluation';
import {
  noteIdleFields,
  type Plan,
  type PlanDraft,
  type Resolution,
  restorePlan,
} from '@holdfast/plan';
import {
  listEntries,
  noProgress,
  type RunJournal,
  type RunProgress,
  readModules,
  requireSameData,
} from '@holdfast/run-store';
import type { ReplicaChange } from '../replicas/open-replicas.js';
import type { ExecuteRunOptions, LeasedRunOptions } from '../run/execute-run-options.js';
import { nameCache } from '../run/name-cache.js';
import { type OpenRun, openRun } from '../run/open-run.js';
import { checkStepSize } from '../terms/check-step-size.js';
import { type DamagedCheckpoint, resumeTraining } from '../train/resume-training.js';

/** What a run is about, read and checked, before any service knows it. */
export interface ReadRun {
  readonly plan: Plan;
  /** What the plan's `auto` became. */
  readonly resolutions: readonly Resolution[];
  readonly dataset: Dataset;
  readonly drift: DriftData | undefined;
  readonly distilled: DistilledData | undefined;
  readonly tasks: RunTasks;
  readonly prompts: RunPrompts;
  /** Absolute path of the model that training starts from. */
  readonly modelPath: string;
  /** Edge of a prepared image, in pixels. */
  readonly imageSide: number;
  /** d, the columns of an embedding. */
  readonly width: number;
  /** What a person should know of its plan, model and prompts. */
  readonly notes: readonly string[];
}

/**
 * The numbers that a run began with, or, where it has not read its data yet for training, those that its plan's `auto` stand for:
 * the data may be others than when it was tried before.
 */
async function settlePlan(
  draft: PlanDraft,
  model: ClipDirectory,
  data: Pick<PlanData, 'dataset' | 'tasks'>,
  journal: RunJournal,
): Promise<{ readonly plan: Plan; readonly resolutions: readonly Resolution[] }> {
  const last = listEntries(journal.entries, 'plan.resolved').at(-1);
  const hasBegun = listEntries(journal.entries, 'data.read').length > 0;
  if (hasBegun && last !== undefined) {
    const { resolutions } = last;
    return { plan: restorePlan(draft, resolutions), resolutions };
  }
  const settled = resolveDraft(draft, model, data);
  const { resolutions } = settled;
  if (!isDeepStrictEqual(resolutions, last?.resolutions))
    await journal.append({ event: 'plan.resolved', resolutions });
  return settled;
}

/** Tells watchers how far an activity is. */
function reportTo({ publish }: Pick<ExecuteRunOptions, 'publish'>) {
  return (activity: string) => (done: number, total: number) =>
    publish({ $case: 'progressed', value: { activity, done, total } });
}

/** Reads the run's data, and checks everything that can be refused before its model is opened. */
export async function readRun(
  options: LeasedRunOptions,
  draft: PlanDraft,
  journal: RunJournal,
): Promise<ReadRun> {
  const { folder, basePath, signal } = options;
  const report = reportTo(options);
  const { dataset, tasks, prompts } = await readPlanData(draft, basePath, {
    signal,
    onProgress: ({ done, total }) => report('reading data')(done, total),
  });
  const drift = await readDrift(draft, basePath, {
    dataset,
    firstIndex: dataset.samples.length,
    signal,
    onProgress: ({ done, total }) => report('reading unlabelled images')(done, total),
  });
  const modelPath = resolveName(basePath, draft.model);
  const model = await openClipDirectory(modelPath);
  const { plan, resolutions } = await settlePlan(draft, model, { dataset, tasks }, journal);
  const distilled = await readDistilled(plan, basePath, {
    dataset,
    tasks,
    prompts,
    drift,
    firstIndex: dataset.samples.length + (drift?.samples.length ?? 0),
    signal,
    onProgress: ({ done, total }) => report('reading images to distil on')(done, total),
  });
  requireSameData(journal, { dataset, distilled });
  const notes = [
    ...(await checkPlanParts(draft, { model, dataset, tasks, basePath })),
    ...noteIdleFields(await readFile(folder.plan, 'utf8')),
  ];
  checkStepSize({ plan, dataset, tasks, model }, options.clients.replicas === undefined);
  const samples = [...dataset.samples, ...(drift?.samples ?? []), ...(distilled?.samples ?? [])];
  await writeSampleTable(folder.samples, samples, options.lease.requireHeld);
  return {
    plan,
    resolutions,
    dataset,
    drift,
    distilled,
    tasks,
    prompts,
    modelPath,
    notes,
    imageSide: model.config.vision.imageSize,
    width: model.config.projectionSize,
  };
}

/** Opens a run in all services, and leaves out the images that cannot be read. */
export async function prepareRun(
  options: LeasedRunOptions,
  read: ReadRun,
  onReplicaChange: (change: ReplicaChange) => void,
): Promise<OpenRun> {
  const { folder, clients, runId, signal } = options;
  const { plan, dataset, tasks } = read;
  const report = reportTo(options);
  const run = await openRun({
    runId,
    lease: options.lease,
    plan,
    folder,
    dataset,
    tasks,
    clients,
    signal,
    prompts: read.prompts,
    distilled: read.distilled,
    modelPath: read.modelPath,
    samplesSha256: sha256(await readFile(folder.samples)),
    modules: await readModules(folder, options.modules),
    width: read.width,
    cachePath: nameCache(folder),
    onProgress: (activity, done, total) => report(activity)(done, total),
    onReplicaChange,
  });
  try {
    return await addData(run, options, read);
  } catch (error) {
    await run.encoders.close();
    throw error;
  }
}

/** What a run knows of its data, without the images that could not be read. */
async function addData(
  run: Awaited<ReturnType<typeof openRun>>,
  { folder, basePath, command, planName }: ExecuteRunOptions,
  { plan, dataset, tasks, drift, distilled, resolutions, imageSide }: ReadRun,
): Promise<OpenRun> {
  const bad = new Set(run.opened.badImages.map((image) => image.sample));
  const readable = withoutSamples(dataset, bad);
  const watched = withoutImages(drift, bad);
  const judging = await openJudging(
    { plan, basePath, planText: await readFile(folder.plan, 'utf8') },
    listJudging(samplesWithRole(readable, 'validation'), watched),
    `${command} run ${planName}`,
  );
  requireRoles(plan, { dataset: readable, tasks });
  await requireJudgement(judging);
  return {
    ...run,
    dataset: readable,
    judging,
    resolutions,
    imageSide,
    basePath,
    drift: watched,
    distilled: withoutUnreadable(distilled, bad),
  };
}

/** Where the run goes on: at its newest whole checkpoint, or at the beginning with the reference recorded where steps need it. */
export async function startOrResume(
  run: OpenRun,
  { publish, signal }: Pick<ExecuteRunOptions, 'publish' | 'signal'>,
  onDamaged: (checkpoint: DamagedCheckpoint) => Promise<void>,
): Promise<RunProgress> {
  const resumed = await resumeTraining(run, onDamaged);
  if (resumed !== undefined) return resumed;
  const activity = 'measuring the reference';
  for (const term of run.terms) {
    await term.recordReference?.({
      dataset: run.dataset,
      onProgress: (done, total) =>
        publish({ $case: 'progressed', value: { activity, done, total } }),
      signal,
    });
  }
  return noProgress;
}
