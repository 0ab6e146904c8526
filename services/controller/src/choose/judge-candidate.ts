import { samplesWithRole } from '@holdfast/dataset';
import {
  type GateRequest,
  type GateResponse,
  Policy,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Predictions } from '../classify/classify-samples.js';
import { type PredictionPair, pairPredictions } from '../classify/pair-predictions.js';
import { judgeEntered, type LedgerEntry } from '../ledger/judging.js';
import { shareLevel } from '../ledger/share-level.js';
import type { OpenRun } from '../run/open-run.js';
import { selectorOf } from '../train/contenders.js';
import { type Candidate, describeCandidate } from '../train/run-progress.js';
import { predictSamples, prepareVersion, referenceParameters } from './predict-samples.js';

/** Both models' predictions on validation data and the gate's verdict on them. */
export interface Judgement extends PredictionPair {
  readonly gate: GateResponse;
  /** Where it could have released: in the ledger of these images. */
  readonly entry?: LedgerEntry;
  /** Where heads exist: the same candidate without them. */
  readonly withoutHeads?: GateResponse;
}

/** How a candidate is shown to the gate. */
export interface JudgeOptions {
  /** Candidates that share the level. */
  readonly judges: number;
  /** Whether a verdict may release it; one that only informs is not counted. */
  readonly mayRelease: boolean;
  /** The reference's predictions, where they are known. */
  readonly known?: Pick<Judgement, 'samples' | 'reference'> | undefined;
  readonly signal: AbortSignal;
}

/** Shows a candidate to the gate. */
export async function judgeCandidate(
  run: OpenRun,
  candidate: Candidate,
  { judges, mayRelease, known, signal }: JudgeOptions,
): Promise<Judgement> {
  const samples = known?.samples ?? samplesWithRole(run.dataset, 'validation');
  const reference =
    known?.reference ?? (await predictSamples(run, referenceParameters(run), samples, { signal }));
  const parameters = await prepareVersion(run, selectorOf(run, candidate));
  const { gate } = run.plan;
  const describeRequest = (candidate: Predictions): GateRequest => ({
    tasks: pairPredictions(run.tasks, { samples, reference, candidate }),
    level: shareLevel(gate) / judges,
    policy: gate.policy === 'strict' ? Policy.POLICY_STRICT : Policy.POLICY_EVIDENCE,
  });
  const predictions = await predictSamples(run, parameters, samples, { signal });
  const request = describeRequest(predictions);
  const name = `${describeCandidate(candidate)}, run ${run.runId}`;
  const models = { reference: run.opened.modelSha256, candidate: name };
  const { evaluator } = run.clients;
  const judged = mayRelease
    ? await judgeEntered(evaluator, run.judging, models, request)
    : { gate: await evaluator.gate(request) };
  const judgement = { samples, reference, candidate: predictions, ...judged };
  if (!run.plan.heads.enabled) return judgement;
  const plain = await predictSamples(run, parameters, samples, { withHeads: false, signal });
  return { ...judgement, withoutHeads: await evaluator.gate(describeRequest(plain)) };
}
