import { pairPredictions, type RunTasks, requireImages } from '@holdfast/controller';
import { withPlanLines } from '@holdfast/plan';
import {
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
}

/** What the gate says of a candidate. */
export interface PairJudgement {
  readonly gate: GateResponse;
  /** Of a candidate with heads, as a loader that knows no heads sees it. */
  readonly withoutHeads?: GateResponse;
}

/**
 * Shows two measured models to the gate.
 *
 * @throws Fault `invalid` naming the plan's tasks that lack readable images: a task without any would
 *   be released unseen.
 */
export async function judgePair(
  { evaluator }: Pick<HostedServices, 'evaluator'>,
  file: PlanFile,
  { data, predictions }: MeasuredPair,
  { policy, level, tolerance }: GateRules,
): Promise<PairJudgement> {
  const tasks = tolerate(data.tasks, tolerance);
  await withPlanLines(file, () => requireImages(tasks, predictions.samples, ['validation']));
  const judge = (pairs: PairedPredictions[]) =>
    evaluator.gate({ tasks: pairs, level, policy: policies[policy] });
  const { withoutHeads, ...pair } = predictions;
  return {
    gate: await judge(pairPredictions(tasks, pair)),
    ...(withoutHeads && {
      withoutHeads: await judge(pairPredictions(tasks, { ...pair, candidate: withoutHeads })),
    }),
  };
}

function tolerate(tasks: RunTasks, tolerance: number | undefined): RunTasks {
  if (tolerance === undefined) return tasks;
  return {
    ...tasks,
    protectedTasks: tasks.protectedTasks.map((task) => ({ ...task, tolerance })),
  };
}
