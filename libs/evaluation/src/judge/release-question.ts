import type { PlanDraft } from '@holdfast/plan';
import {
  type EvaluatorServiceClient,
  type GateRequest,
  type GateResponse,
  Policy,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Claim } from '@holdfast/release-gate';
import type { Predictions } from '../classify/classify-samples.js';
import { type PredictionPair, pairPredictions } from '../classify/pair-predictions.js';
import { type DriftFinding, describeDrift } from '../drift/drift-finding.js';
import { type DriftAnswers, describeDriftRequest } from '../drift/drift-request.js';
import type { DriftData } from '../drift/read-drift.js';
import type { RunTasks } from '../tasks/tasks.js';
import { mergeVerdicts } from '../verdict/merge-verdicts.js';

/** Everything that a verdict on a candidate is a function of. */
export interface ReleaseQuestion {
  readonly tasks: RunTasks;
  readonly pair: PredictionPair;
  /** The first released model on the same samples, where a later one is the reference. */
  readonly first?: FirstModel | undefined;
  /** Images without labels that are watched. */
  readonly drift?: { readonly data: DriftData; readonly answers: DriftAnswers } | undefined;
  readonly level: number;
  readonly policy: PlanDraft['gate']['policy'];
  /** About the mean of several protected tasks. */
  readonly claims: readonly Claim[];
}

/** The first released model. */
export interface FirstModel {
  /** Of its weights, in hexadecimal. */
  readonly sha256: string;
  readonly predictions: Predictions;
}

/** What the gate says of a candidate. */
export interface ReleaseAnswer {
  /** Against the reference; verdict and reason are those of the whole release. */
  readonly gate: GateResponse;
  /** Against the first released model. */
  readonly first?: { readonly sha256: string; readonly gate: GateResponse } | undefined;
  readonly drift?: DriftFinding | undefined;
}

/** The requests on which the release rests: all of them must be retained, each at the whole level. */
export function listDecidingRequests(question: ReleaseQuestion): GateRequest[] {
  const { first, drift, pair, level } = question;
  return [
    describeRequest(question, pair),
    ...(first ? [describeRequest(question, { ...pair, reference: first.predictions })] : []),
    ...(drift?.data.tolerance === undefined
      ? []
      : [describeDriftRequest(drift.data, drift.answers, level)]),
  ];
}

/** Lets the evaluator judge a candidate against the reference and, where there is one, the first model; and drift. */
export async function askGate(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  question: ReleaseQuestion,
): Promise<ReleaseAnswer> {
  const { first, drift, pair, level } = question;
  const gate = await evaluator.gate(describeRequest(question, pair));
  const beside =
    first &&
    (await evaluator.gate(describeRequest(question, { ...pair, reference: first.predictions })));
  const watched =
    drift && (await evaluator.gate(describeDriftRequest(drift.data, drift.answers, level)));
  const finding = watched && describeDrift(drift.data, watched);
  const claims = [
    ...(beside
      ? [{ verdict: beside.verdict, reason: `against the first released model: ${beside.reason}` }]
      : []),
    ...(watched && finding?.claim ? [{ verdict: watched.verdict, reason: finding.reason }] : []),
  ];
  return {
    gate: mergeVerdicts(gate, claims),
    first: first && beside && { sha256: first.sha256, gate: beside },
    drift: finding,
  };
}

/** The reference against a candidate that is not to be released as it is: to inform, without further claims. */
export function askGateBeside(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  question: ReleaseQuestion,
  candidate: Predictions,
): Promise<GateResponse> {
  return evaluator.gate(describeRequest(question, { ...question.pair, candidate }));
}

function describeRequest(
  { tasks, level, policy, claims }: ReleaseQuestion,
  pair: PredictionPair,
): GateRequest {
  return {
    tasks: pairPredictions(tasks, pair),
    level,
    policy: policy === 'strict' ? Policy.POLICY_STRICT : Policy.POLICY_EVIDENCE,
    claims: [...claims],
  };
}
