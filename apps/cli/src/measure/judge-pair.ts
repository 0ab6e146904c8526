import {
  describeLedger,
  judgeEntered,
  type LedgerDescription,
  nameVerdict,
  openJudging,
  pairPredictions,
  type RunTasks,
  requireImages,
} from '@holdfast/controller';
import { withPlanLines } from '@holdfast/plan';
import {
  type GateRequest,
  type GateResponse,
  type PairedPredictions,
  Policy,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { HostedServices } from '../host-services.js';
import type { PlanFile } from '../read-plan-file.js';
import type { MeasuredPair } from './measure-pair.js';

/** The gate's policies by the names that plans and options have for them. */
export const policies = {
  evidence: Policy.POLICY_EVIDENCE,
  strict: Policy.POLICY_STRICT,
} as const;

/** How the gate is to judge. */
export interface GateRules {
  readonly policy: keyof typeof policies;
  readonly level: number;
  /** Of every protected task, instead of the plan's. */
  readonly tolerance?: number | undefined;
  /** Command that judges, for the ledger. */
  readonly command: string;
}

/** What the gate says of a candidate. */
export interface PairJudgement {
  readonly gate: GateResponse;
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
  rules: GateRules,
): Promise<PairJudgement> {
  const { data, predictions } = measured;
  const tasks = tolerate(data.tasks, rules.tolerance);
  await withPlanLines(file, () => requireImages(tasks, predictions.samples, ['validation']));
  const describeRequest = (pairs: PairedPredictions[]): GateRequest => ({
    tasks: pairs,
    level: rules.level,
    policy: policies[rules.policy],
  });
  const { withoutHeads, ...pair } = predictions;
  const request = describeRequest(pairPredictions(tasks, pair));
  return {
    ...(await judgeCounted(evaluator, file, measured, { request, command: rules.command })),
    ...(withoutHeads && {
      withoutHeads: await evaluator.gate(
        describeRequest(pairPredictions(tasks, { ...pair, candidate: withoutHeads })),
      ),
    }),
  };
}

async function judgeCounted(
  evaluator: HostedServices['evaluator'],
  file: PlanFile,
  { reference, candidate, predictions }: MeasuredPair,
  { request, command }: { readonly request: GateRequest; readonly command: string },
): Promise<Pick<PairJudgement, 'gate' | 'ledger'>> {
  if (reference.sha256 === candidate.sha256) return { gate: await evaluator.gate(request) };
  const { plan, basePath, text: planText } = file;
  const judging = await openJudging({ plan, basePath, planText }, predictions.samples, command);
  const models = { reference: reference.sha256, candidate: candidate.name };
  const { gate, entry } = await judgeEntered(evaluator, judging, models, request);
  await judging.ledger.conclude(entry.key, nameVerdict(gate), candidate.sha256);
  return { gate, ledger: await describeLedger(judging, entry) };
}

function tolerate(tasks: RunTasks, tolerance: number | undefined): RunTasks {
  if (tolerance === undefined) return tasks;
  return {
    ...tasks,
    protectedTasks: tasks.protectedTasks.map((task) => ({ ...task, tolerance })),
  };
}
