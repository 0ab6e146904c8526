import { sha256 } from '@holdfast/artifacts';
import type { JudgedImage } from '@holdfast/ledger';
import { type PlanDraft, withPlanLines } from '@holdfast/plan';
import {
  type EvaluatorServiceClient,
  type GateResponse,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { requireImages } from '../check/require-images.js';
import type { PlanFile } from '../data/plan-file.js';
import {
  askGate,
  askGateBeside,
  type ReleaseAnswer,
  type ReleaseQuestion,
} from '../judge/release-question.js';
import { describeLedger, type LedgerDescription } from '../ledger/describe-ledger.js';
import { enterJudgement, identifyJudgement, listJudging, openJudging } from '../ledger/judging.js';
import { gatherClaims } from '../rules/claims.js';
import { listFloors } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';
import { nameVerdict } from '../verdict/describe-comparison.js';
import type { MeasuredPair } from './measure-pair.js';

/** The gate's policies. */
export const policies: readonly Policy[] = ['evidence', 'strict'];

type Policy = PlanDraft['gate']['policy'];

/** How the gate is to judge. */
export interface GateRules {
  readonly policy: Policy;
  readonly level: number;
  /** Of every protected task, instead of the plan's. */
  readonly tolerance?: number | undefined;
  /** Command that judges, for the ledger. */
  readonly command: string;
  /** Whether the ledger is told pass or fail alone. */
  readonly sealed?: boolean | undefined;
  /** What the ledger counts where not all that judges is labelled; absent: the pair's samples and predictions. */
  readonly counted?: CountedJudgement;
}

/** A judgement as a ledger knows it. */
export interface CountedJudgement {
  readonly images: readonly JudgedImage[];
  /** Level that it takes. */
  readonly level: number;
  /** Everything that the verdict is a function of, but the labels: more of them are no other judgement. */
  readonly identity: unknown;
}

/** What the gate says of a candidate. */
export interface PairJudgement extends ReleaseAnswer {
  /** How often these images have judged; absent for a model against itself, which is no judgement. */
  readonly ledger?: LedgerDescription | undefined;
  /** Of a candidate with heads, as a loader that knows no heads sees it. */
  readonly withoutHeads?: GateResponse | undefined;
}

/**
 * Shows two measured models to the gate, once that is in the ledger of their images.
 *
 * @throws Fault `invalid` naming the plan's tasks that lack readable images: a task without any would
 *   be released unseen; `precondition` if the images have judged as often as the plan allows.
 */
export async function judgePair(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  file: PlanFile,
  measured: MeasuredPair,
  rules: GateRules,
): Promise<PairJudgement> {
  const { tolerance, level, policy, sealed = false } = rules;
  const tasks = tolerate(measured.data.tasks, tolerance);
  const { withoutHeads, oldest: _, ...pair } = measured.predictions;
  await withPlanLines(file, () => requireImages(tasks, pair.samples, ['validation']));
  const { first, watched: drift } = measured;
  const claims = gatherClaims(file.plan.gate, listFloors(tasks.protectedTasks).length);
  const question = { tasks, pair, first, drift, level, policy, claims };
  const ledger = await enterPair(file, measured, question, rules);
  const answer = await askGate(evaluator, question);
  const beside = withoutHeads && (await askGateBeside(evaluator, question, withoutHeads));
  return {
    ...answer,
    ledger: await ledger?.conclude(nameOutcome(answer.gate, sealed)),
    withoutHeads: beside,
  };
}

/** Enters a judgement of two models into the ledger; a model against itself is none. */
async function enterPair(
  { plan, basePath, text: planText }: PlanFile,
  { reference, candidate }: MeasuredPair,
  question: ReleaseQuestion,
  { command, counted }: Pick<GateRules, 'command' | 'counted'>,
) {
  if (reference.sha256 === candidate.sha256) return undefined;
  const images = counted?.images ?? listJudging(question.pair.samples, question.drift?.data);
  const judging = await openJudging({ plan, basePath, planText }, images, command);
  const entry = await enterJudgement(judging, {
    key: counted
      ? sha256(JSON.stringify([judging.data.sha256, reference.sha256, counted.identity]))
      : identifyJudgement(judging, reference.sha256, question),
    level: counted?.level ?? question.level,
    reference: reference.sha256,
    candidate: candidate.name,
  });
  return {
    async conclude(verdict: string): Promise<LedgerDescription> {
      await judging.ledger.conclude(entry.key, verdict, candidate.sha256);
      return describeLedger(judging, entry);
    },
  };
}

/** Whether the new model may replace the old one. */
export function isRetained({ gate }: Pick<PairJudgement, 'gate'>): boolean {
  return gate.verdict === Verdict.VERDICT_RETAINED;
}

function nameOutcome(gate: GateResponse, isSealed: boolean): string {
  const verdict = nameVerdict(gate);
  return isSealed && verdict !== 'RETAINED' ? 'NOT_RELEASED' : verdict;
}

function tolerate(tasks: RunTasks, tolerance: number | undefined): RunTasks {
  if (tolerance === undefined) return tasks;
  return {
    ...tasks,
    protectedTasks: tasks.protectedTasks.map((task) => ({ ...task, tolerance })),
  };
}
