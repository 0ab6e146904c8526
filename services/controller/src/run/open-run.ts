import { toUri } from '@holdfast/artifacts';
import type { Dataset } from '@holdfast/dataset';
import {
  countHeads,
  type DistilledData,
  type DriftData,
  type Judging,
  listConstrained,
  type OpenedEncoder,
  type RunPrompts,
  type RunTasks,
} from '@holdfast/evaluation';
import { type Plan, type Resolution, trainsImages } from '@holdfast/plan';
import type { RunFolder, RunLease, RunModules } from '@holdfast/run-store';
import { replicasOf, type ServiceClients } from '../clients.js';
import { type EncoderGroup, openEncoderGroup } from '../replicas/encoder-group.js';
import { openReplica } from '../replicas/open-replica.js';
import { openReplicas, type ReplicaChange } from '../replicas/open-replicas.js';
import { countKeptGradients, countStepImages } from '../terms/count-work.js';
import { listTerms } from '../terms/list-terms.js';
import { openModules } from '../terms/modules/open-modules.js';
import { toObjectiveSettings } from '../terms/objective/objective-term.js';
import type { Term, TermRun } from '../terms/term.js';
import { toAdamwSettings, toTrainableSettings } from './run-settings.js';
import { settleAll } from './settle-all.js';

/** Everything about a run that does not change while it trains. */
export interface OpenRun extends TermRun {
  readonly folder: RunFolder;
  readonly encoders: EncoderGroup;
  /** What training makes small, in the order in which gradients are added. */
  readonly terms: readonly Term[];
  /** Whether anything of the images trains. */
  readonly imagesTrain: boolean;
  readonly opened: OpenedEncoder;
  /** Objectives and constraints of the user's own. */
  readonly modules: RunModules;
  /** What a person should know of them. */
  readonly moduleNotes: readonly string[];
  /** What the plan's `auto` became. */
  readonly resolutions: readonly Resolution[];
  /** Edge of a prepared image, in pixels. */
  readonly imageSide: number;
  /** Absolute path of the model that training starts from. */
  readonly modelPath: string;
  /** The images that judge its candidates, and how often they did. */
  readonly judging: Judging;
  /** Folder that relative paths of the plan start from. */
  readonly basePath: string;
  /** Images without labels that are watched, in the sample table after the data's. */
  readonly drift?: DriftData | undefined;
}

/** What opening a run needs to know. */
export interface OpenRunOptions {
  readonly runId: string;
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly lease: RunLease;
  readonly dataset: Dataset;
  readonly samplesSha256: string;
  readonly tasks: RunTasks;
  readonly prompts: RunPrompts;
  readonly distilled?: DistilledData | undefined;
  readonly modules: RunModules;
  /** d, the columns of an embedding. */
  readonly width: number;
  readonly clients: ServiceClients;
  readonly modelPath: string;
  readonly cachePath: string;
  readonly onProgress: (activity: string, done: number, total: number) => void;
  /** Told which of several encoders joined or left. */
  readonly onReplicaChange?: (change: ReplicaChange) => void;
  readonly signal: AbortSignal;
}

/** Opens a run in all services, as if for the first time. */
export async function openRun(
  options: OpenRunOptions,
): Promise<Omit<OpenRun, 'judging' | 'imageSide' | 'resolutions' | 'basePath' | 'drift'>> {
  const { runId, plan, tasks, clients, modelPath, samplesSha256, cachePath } = options;
  // A controller that was killed, or a failure, left it open somewhere in its steps.
  await closeRun(clients, options);
  // First of all: what is wrong with a module of the user's shows in seconds, images take minutes.
  const moduleNotes = await openModules(clients.terms, {
    ...options,
    captionCount: options.prompts.captionCount,
  });
  const headCount = countHeads(plan, tasks.classes.length);
  const heads =
    headCount > 0 ? { count: headCount, rank: plan.heads.rank, seed: plan.seed } : undefined;
  const trainable = toTrainableSettings(plan);
  const request = {
    runId,
    leaseTerm: options.lease.term,
    plan,
    modelPath,
    samplesSha256,
    cachePath,
    heads,
    samplesPath: options.folder.samples,
    training: {
      trainable,
      imageBatchSize: countStepImages(plan, listConstrained(tasks.protectedTasks).length),
    },
  };
  const replicas = await openReplicas({
    source: replicasOf(clients),
    come: clients.replicas !== undefined,
    open: (replica, signal) => openReplica(replica, request, { ...options, signal }),
    onChange: options.onReplicaChange ?? (() => {}),
    signal: options.signal,
  });
  try {
    await clients.optimizer.openRun({
      runId,
      leaseTerm: options.lease.term,
      modelUri: toUri(modelPath),
      heads,
      trainable,
      objective: toObjectiveSettings(plan),
      adamw: toAdamwSettings(plan),
      keptGradientsMax: countKeptGradients(plan, listConstrained(tasks.protectedTasks).length),
    });
    const { shards, gradients } = plan.engine;
    const grouping = { runId, replicas, shards, gradients };
    const encoders = await openEncoderGroup(clients, grouping);
    const run = { ...describeTerms(options, headCount), encoders };
    return {
      ...run,
      folder: options.folder,
      opened: replicas.members()[0]!.opened,
      modules: options.modules,
      moduleNotes,
      modelPath,
      terms: await settleAll(listTerms(plan).map((term) => term.open(run))),
      imagesTrain: trainsImages(plan),
    };
  } catch (error) {
    await replicas.close();
    throw error;
  }
}

/** What terms may know of a run, but its encoders. */
function describeTerms(
  { runId, lease, plan, dataset, tasks, prompts, distilled, clients }: OpenRunOptions,
  headCount: number,
): Omit<TermRun, 'encoders'> {
  const headOf = (classIndex: number) => (headCount > 0 ? classIndex : -1);
  const sharedHead = tasks.classes.length;
  const negativeHeadOf = (classIndex: number) =>
    headCount > 0 && plan.heads.negatives === 'shared' ? sharedHead : headOf(classIndex);
  const known = { runId, lease, plan, dataset, tasks, prompts, distilled, clients };
  return { ...known, headOf, negativeHeadOf };
}

/** Frees what a run holds in all services. */
export async function closeRun(
  clients: ServiceClients,
  { runId, lease: { term: leaseTerm } }: Pick<OpenRunOptions, 'runId' | 'lease'>,
): Promise<void> {
  await settleAll([
    unloadModel(clients, { runId, leaseTerm }),
    clients.optimizer.closeRun({ runId, leaseTerm }),
    clients.constraint.closeRun({ runId, leaseTerm }),
    clients.terms.closeRun({ runId }),
  ]);
}

/** How long one of several encoders may take to free what it holds: where it is back, it does so before a run is opened. */
const unloadMs = 5000;

/** Unloads a run's model; of several encoders, in those that answer. */
async function unloadModel(
  clients: ServiceClients,
  request: { readonly runId: string; readonly leaseTerm: number | undefined },
): Promise<void> {
  if (clients.replicas === undefined) await clients.encoder.unloadModel(request);
  const several = clients.replicas?.list() ?? [];
  await Promise.allSettled(
    several.map(({ encoder }) =>
      encoder.unloadModel(request, { signal: AbortSignal.timeout(unloadMs) }),
    ),
  );
}
