import { join, parse } from 'node:path';
import { type Fence, type Journal, openJournal, resolveName, sha256 } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import {
  type DistilledData,
  type PlanData,
  readDistilled,
  readDrift,
  readPlanData,
  resolveDraft,
} from '@holdfast/evaluation';
import { Fault, isFault } from '@holdfast/fault';
import type { Plan, PlanDraft } from '@holdfast/plan';
import { describeRunFolder, leaseRun, type RunModules } from '@holdfast/run-store';
import type { ServiceClients } from '../clients.js';
import { checkStepSize } from '../terms/check-step-size.js';
import { listTerms } from '../terms/list-terms.js';
import { bundleModules } from '../terms/modules/bundle-modules.js';
import { listTrialSettings, planRungs, type Rung, type TrialSettings } from './plan-trials.js';
import { scoreTrial, type TrialMeasurement } from './score-trial.js';
import { tryPlan } from './try-plan.js';
import { withholdJudged } from './withhold-judged.js';

/** A trial that ran; one that diverged has no measurement. */
export interface Trial {
  readonly steps: number;
  readonly settings: TrialSettings;
  readonly measurement: TrialMeasurement | undefined;
  /** -Infinity where it diverged. */
  readonly score: number;
}

/** Everything that trials need and that is known before the first one. */
export interface Tuning {
  readonly plan: Plan;
  readonly basePath: string;
  readonly data: PlanData;
  readonly distilled: DistilledData | undefined;
  readonly modules: RunModules;
  /** d, the columns of an embedding. */
  readonly width: number;
  readonly imageSide: number;
  readonly settings: readonly TrialSettings[];
  readonly rungs: readonly Rung[];
  /** What kept trials must belong to, sha256. */
  readonly identity: string;
}

/**
 * Reads model and data of a plan, withholds what judges, and plans the trials.
 *
 * @param budget steps of all trials together; default: twice the plan's
 */
export async function prepareTuning(
  draft: PlanDraft,
  basePath: string,
  budget: number | undefined,
  options: Parameters<typeof readPlanData>[2] = {},
): Promise<Tuning> {
  const { dataset, ...parts } = await readPlanData(draft, basePath, options);
  const model = await openClipDirectory(resolveName(basePath, draft.model));
  const { plan } = resolveDraft(draft, model, { dataset, ...parts });
  checkStepSize({ plan, dataset, tasks: parts.tasks, model }, true);
  const data = { ...parts, dataset: withholdJudged(dataset) };
  if (!data.dataset.samples.some(({ roles }) => roles.includes('steering'))) {
    throw new Fault('invalid', 'no image has the role steering, by which trials are compared');
  }
  const firstIndex = data.dataset.samples.length;
  const drift = await readDrift(draft, basePath, { ...options, dataset, firstIndex });
  const unlabelled = { ...options, ...parts, dataset, drift, firstIndex };
  const distilled = await readDistilled(plan, basePath, unlabelled);
  const settings = listTrialSettings(plan);
  const rungs = planRungs(settings.length, budget ?? 2 * plan.training.steps);
  // Whoever tunes here may run programs here.
  const modules = await bundleModules(draft, basePath, [parse(basePath).root]);
  const hashes = [...modules.values()].map((module) => module.sha256);
  const read = [dataset, ...(distilled === undefined ? [] : [distilled])].map((one) => one.sha256);
  const identity = sha256(JSON.stringify([plan, model.sha256, ...read, rungs, ...hashes]));
  const imageSide = model.config.vision.imageSize;
  const width = model.config.projectionSize;
  const known = { plan, basePath, data, distilled, modules, width, imageSide };
  return { ...known, settings, rungs, identity };
}

type TuneEntry =
  | { readonly event: 'tuning.started'; readonly identity: string }
  | ({ readonly event: 'trial.ended' } & Omit<Trial, 'score'>);

/** How trials are run and watched. */
export interface TuneOptions {
  readonly clients: ServiceClients;
  /** Where trials are kept. */
  readonly path: string;
  readonly onStep: (trial: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the trials that are not kept yet, rung by rung.
 *
 * @returns every trial in the order of the rungs; the best of the last rung is the answer
 * @throws Fault `precondition` if the folder holds trials of another plan, model, data or budget; `aborted` saying who runs
 *   trials there, if somebody does
 */
export async function tunePlan(tuning: Tuning, options: TuneOptions): Promise<Trial[]> {
  const { path, signal } = options;
  const { requireHeld, release } = await leaseRun(describeRunFolder(path), { signal });
  try {
    const journal = await openJournal(join(path, 'trials.jsonl'), requireHeld);
    try {
      await requireSameTuning(journal, tuning.identity, path);
      return await runRungs(journal, tuning, { ...options, requireHeld });
    } finally {
      await journal.close();
    }
  } finally {
    await release();
  }
}

/** {@link TuneOptions} of who holds the folder. */
interface HeldOptions extends TuneOptions {
  readonly requireHeld: Fence;
}

async function runRungs(journal: Journal, tuning: Tuning, options: HeldOptions): Promise<Trial[]> {
  const trials: Trial[] = [];
  let settings = tuning.settings;
  for (const { trials: count, steps } of tuning.rungs) {
    const rung: Trial[] = [];
    for (const one of settings.slice(0, count)) {
      rung.push(await findOrRun(journal, tuning, { steps, settings: one }, options));
    }
    trials.push(...rung);
    settings = rankTrials(rung).map((trial) => trial.settings);
  }
  return trials;
}

/** Best first; of equal ones, the one that was listed first. */
export function rankTrials(trials: readonly Trial[]): Trial[] {
  return [...trials].sort((a, b) => (a.score === b.score ? 0 : b.score - a.score));
}

async function requireSameTuning(journal: Journal, identity: string, path: string): Promise<void> {
  const [began] = journal.entries as readonly TuneEntry[];
  if (began === undefined) {
    const entry: TuneEntry = { event: 'tuning.started', identity };
    await journal.append(entry);
  } else if (began.event !== 'tuning.started' || began.identity !== identity) {
    throw new Fault(
      'precondition',
      `${path} holds trials of another plan, model, data or budget; name another folder, or remove it`,
    );
  }
}

async function findOrRun(
  journal: Journal,
  tuning: Tuning,
  trial: Pick<Trial, 'steps' | 'settings'>,
  options: HeldOptions,
): Promise<Trial> {
  const key = (entry: Pick<Trial, 'steps' | 'settings'>) =>
    JSON.stringify([entry.steps, entry.settings]);
  const kept = (journal.entries as readonly TuneEntry[]).find(
    (entry) => entry.event === 'trial.ended' && key(entry) === key(trial),
  ) as Trial | undefined;
  const measurement =
    kept === undefined ? await runTrial(tuning, trial, options) : kept.measurement;
  if (kept === undefined) {
    const entry: TuneEntry = { event: 'trial.ended', ...trial, measurement };
    await journal.append(entry);
  }
  const score = measurement === undefined ? Number.NEGATIVE_INFINITY : scoreTrial(measurement);
  return { ...trial, measurement, score };
}

/** Runs a trial; undefined where training diverged. */
async function runTrial(
  { plan, basePath, data, distilled, modules, width, imageSide }: Tuning,
  { steps, settings }: Pick<Trial, 'steps' | 'settings'>,
  { clients, path, requireHeld, onStep, signal }: HeldOptions,
): Promise<TrialMeasurement | undefined> {
  if (signal.aborted) throw new Fault('cancelled', 'stopped between two trials');
  const { learningRate, shift, penaltyCoefficient } = settings;
  try {
    return await tryPlan({
      basePath,
      data,
      distilled,
      modules,
      width,
      imageSide,
      clients,
      signal,
      plan: shortenPlan(plan, steps, settings),
      path: join(path, 'trial'),
      requireHeld,
      cachePath: join(path, '.cache'),
      onStep: (done, total) =>
        onStep(
          `learning rate ${learningRate}, shift ${shift}, penalty ${penaltyCoefficient}`,
          done,
          total,
        ),
    });
  } catch (error) {
    if (isFault(error) && error.kind === 'diverged') return undefined;
    throw error;
  }
}

/** The plan with a trial's numbers, its warm-up as long a part of the run as before. */
export function shortenPlan(plan: Plan, steps: number, settings: TrialSettings): Plan {
  const { training, constraints } = plan;
  const { learningRate, shift, penaltyCoefficient } = settings;
  const warmupSteps = Math.round((training.warmupSteps * steps) / training.steps);
  const augmentation = { ...training.augmentation, shift };
  const everySteps = spaceLooks(plan, steps);
  return {
    ...plan,
    constraints: { ...constraints, penaltyCoefficient },
    training: { ...training, steps, warmupSteps, learningRate, augmentation },
    selection: { ...plan.selection, everySteps, keepLast: 1, alphas: [1] },
  };
}

/** Only a term that follows measurements needs any on the way: as many of a trial as of the run. */
function spaceLooks(plan: Plan, steps: number): number | undefined {
  if (!listTerms(plan).some(({ followsMeasurements }) => followsMeasurements)) return steps;
  const { everySteps } = plan.selection;
  if (everySteps === undefined) return undefined;
  return Math.max(1, Math.round((everySteps * steps) / plan.training.steps));
}
