import { sha256 } from '@holdfast/artifacts';
import { type Sample, withoutCorrupted } from '@holdfast/dataset';
import {
  countLeft,
  describeJudgedData,
  type EnteredJudgement,
  type JudgedData,
  type JudgedImage,
  type Ledger,
  openLedger,
  requireLevel,
} from '@holdfast/ledger';
import type { PlanDraft } from '@holdfast/plan';
import type { DriftData } from '../drift/read-drift.js';
import { listDecidingRequests, type ReleaseQuestion } from '../judge/release-question.js';
import { shareLevel } from '../rules/share-level.js';
import { locateLedger } from './locate-ledger.js';

/** The images that judge, and how often they may. */
export interface Judging {
  readonly ledger: Ledger;
  readonly data: JudgedData;
  readonly gate: PlanDraft['gate'];
  /** sha256 of the plan as it was written. */
  readonly planSha256: string;
  /** Command that judges, for a person who reads the ledger. */
  readonly command: string;
}

/** Images that a verdict is about: those that judge, whatever is done to them, and those of a drift that is claimed. */
export function listJudging(
  samples: readonly Sample[],
  drift: Pick<DriftData, 'samples' | 'tolerance'> | undefined,
): readonly JudgedImage[] {
  const watched = drift?.tolerance === undefined ? [] : drift.samples;
  // Both may call groups by paths from their own folders.
  const apart = watched.map((image) => ({ ...image, group: `drift ${image.group}` }));
  return [...withoutCorrupted(samples), ...apart];
}

/** A judgement that a ledger has. */
export interface LedgerEntry extends EnteredJudgement {
  readonly key: string;
}

/**
 * Opens the ledger of the images that judge under a plan.
 *
 * @param images see {@link listJudging}
 * @throws Fault `precondition` if it cannot be written, `invalid` if it is damaged.
 */
export async function openJudging(
  source: { readonly plan: PlanDraft; readonly basePath: string; readonly planText: string },
  images: readonly JudgedImage[],
  command: string,
): Promise<Judging> {
  const { plan, basePath, planText } = source;
  const data = describeJudgedData(images);
  const ledger = await openLedger(locateLedger(plan, basePath), data);
  return { ledger, data, gate: plan.gate, planSha256: sha256(planText), command };
}

/**
 * Refuses, before anything is computed for it, a judgement that the ledger has no level left for. A plan
 * that judged these images before may do so again: with the same models it is the same judgement.
 *
 * @throws Fault `precondition` that says how to go on.
 */
export async function requireJudgement({ ledger, gate, planSha256 }: Judging): Promise<void> {
  const state = await ledger.read();
  if (state.judgements.some(({ plan }) => plan === planSha256)) return;
  requireLevel({ path: ledger.path, level: gate.level, state }, shareLevel(gate));
}

/**
 * What a plan that {@link requireJudgement} lets through risks where the level is spent: only the very judgement that was made may be
 * made again, and elsewhere a candidate may predict otherwise.
 */
export async function noteRepeatedJudgement({ ledger, gate }: Judging): Promise<string[]> {
  const { spent } = await ledger.read();
  if (countLeft({ level: gate.level, spent, share: shareLevel(gate) }) >= 1) return [];
  return [
    'these images have judged this plan, and may judge nothing else: a candidate that predicts what it did then is judged again; one that does not, as other threads, execution providers or machines can make it, is kept and not judged',
  ];
}

/** Whose judgement it is, and what it takes. */
export interface NamedJudgement {
  /** What the verdict is a function of: judging the same again is one judgement. */
  readonly key: string;
  /** Part of the level. */
  readonly level: number;
  /** sha256 of the old model's weights. */
  readonly reference: string;
  /** The new model, for a person. */
  readonly candidate: string;
}

/**
 * Enters a judgement into the ledger, which comes before making it: nobody sees a verdict that was not counted.
 *
 * @throws Fault `precondition` if the images have judged as often as the plan allows.
 */
export async function enterJudgement(
  { ledger, gate, planSha256: plan, command }: Judging,
  judgement: NamedJudgement,
): Promise<LedgerEntry> {
  const entered = await ledger.enter({ ...judgement, plan, command }, gate.level);
  return { ...entered, key: judgement.key };
}

/**
 * sha256 of all that a verdict is a function of: the images, the old model, all predictions, the rules. Two
 * candidates that predict the same are one to the gate; mean losses decide nothing.
 *
 * @param reference sha256 of the old model's weights
 */
export function identifyJudgement(
  { data: { sha256: data } }: Pick<Judging, 'data'>,
  reference: string,
  question: ReleaseQuestion,
): string {
  const requests = listDecidingRequests(question).map(({ tasks, ...rules }) => ({
    rules,
    tasks: tasks.map(({ referenceLoss: _, candidateLoss: __, groups: ___, ...task }) => task),
  }));
  return sha256(JSON.stringify({ data, reference, requests }));
}
