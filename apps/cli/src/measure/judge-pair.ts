import {
  askGate,
  askGateBeside,
  describeLedger,
  enterJudgement,
  gatherClaims,
  type LedgerDescription,
  nameVerdict,
  openJudging,
  type ReleaseAnswer,
  type ReleaseQuestion,
  type RunTasks,
  requireImages,
} from '@holdfast/controller';
import { type PlanDraft, withPlanLines } from '@holdfast/plan';
import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { HostedServices } from '../host-services.js';
import type { PlanFile } from '../read-plan-file.js';
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
}

/** What the gate says of a candidate. */
export interface PairJudgement extends ReleaseAnswer {
  /** How often these images have judged; absent for a model against itself, which is no judgement. */
  readonly ledger?: LedgerDescription;
  /** Of a candidate with heads, as a loader that knows no heads sees it. */
  readonly withoutHeads?: GateResponse;
}

/**
 * Shows two measured models to the gate, once that is in the ledger of their images.
 *
 * @throws Fault `invalid` naming the plan's tasks that lack readable images: a task without any would
 *   be released unseen; `precondition` if the images have judged as often as the plan allows.
 */
export async function judgePair(
  { evaluator }: Pick<HostedServices, 'evaluator'>,
  file: PlanFile,
  measured: MeasuredPair,
  { tolerance, level, policy, command, sealed = false }: GateRules,
): Promise<PairJudgement> {
  const tasks = tolerate(measured.data.tasks, tolerance);
  const { withoutHeads, oldest: _, ...pair } = measured.predictions;
  await withPlanLines(file, () => requireImages(tasks, pair.samples, ['validation']));
  const { first, watched: drift } = measured;
  const claims = gatherClaims(file.plan.gate, tasks.protectedTasks.length);
  const question = { tasks, pair, first, drift, level, policy, claims };
  const ledger = await enterPair(file, measured, question, command);
  const answer = await askGate(evaluator, question);
  const beside = withoutHeads && (await askGateBeside(evaluator, question, withoutHeads));
  return {
    ...answer,
    ...(ledger && { ledger: await ledger.conclude(nameOutcome(answer.gate, sealed)) }),
    ...(beside && { withoutHeads: beside }),
  };
}

/** Enters a judgement of two models into the ledger; a model against itself is none. */
async function enterPair(
  { plan, basePath, text: planText }: PlanFile,
  { reference, candidate }: MeasuredPair,
  question: ReleaseQuestion,
  command: string,
) {
  if (reference.sha256 === candidate.sha256) return undefined;
  const judging = await openJudging({ plan, basePath, planText }, question.pair.samples, command);
  const models = { reference: reference.sha256, candidate: candidate.name };
  const entry = await enterJudgement(judging, models, question);
  return {
    async conclude(verdict: string): Promise<LedgerDescription> {
      await judging.ledger.conclude(entry.key, verdict, candidate.sha256);
      return describeLedger(judging, entry);
    },
  };
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
