import { samplesWithRole } from '@holdfast/dataset';
import {
  answerSamples,
  askGate,
  askGateBeside,
  type DriftAnswers,
  enterJudgement,
  type FirstModel,
  gatherClaims,
  identifyJudgement,
  type LedgerEntry,
  listFloors,
  type NamedJudgement,
  type PredictionPair,
  type Predictions,
  type ReleaseAnswer,
  referenceParameters,
  shareLevel,
} from '@holdfast/evaluation';
import { Fault, isFault } from '@holdfast/fault';
import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type Candidate, describeCandidate } from '@holdfast/run-store';
import { classifyFirstModel } from '../judge/classify-first-model.js';
import type { OpenRun } from '../run/open-run.js';
import { selectorOf } from './contenders.js';
import { predictSamples, prepareVersion, toEncodedModel } from './predict-samples.js';
import { writeCandidate } from './write-candidate.js';

/** Both models' predictions on validation data and the gate's verdict on them. */
export interface Judgement extends PredictionPair, ReleaseAnswer {
  /** Where it could have released: in the ledger of these images. */
  readonly entry?: LedgerEntry | undefined;
  /** What both answer on the images that are watched, where there are any. */
  readonly driftAnswers?: DriftAnswers | undefined;
  /** Where heads exist: the same candidate without them. */
  readonly withoutHeads?: GateResponse;
  /** The first released model's predictions, for the next candidate. */
  readonly firstModel?: FirstModel | undefined;
}

/** How a candidate is shown to the gate. */
export interface JudgeOptions {
  /** Candidates that share the level. */
  readonly judges: number;
  /** Whether a verdict may release it; one that only informs is not counted. */
  readonly mayRelease: boolean;
  /** What was found for another candidate of the run: the old models' predictions. */
  readonly known?: Judgement | undefined;
  readonly signal: AbortSignal;
}

/**
 * Shows a candidate to the gate.
 *
 * @throws Fault `precondition` if the ledger refuses: the candidate is kept, and not judged.
 */
export async function judgeCandidate(
  run: OpenRun,
  candidate: Candidate,
  { judges, mayRelease, known, signal }: JudgeOptions,
): Promise<Judgement> {
  const old = known ?? (await measureOld(run, signal));
  const { samples, reference, firstModel } = old;
  const parameters = await prepareVersion(run, selectorOf(run, candidate));
  const predictions = await predictSamples(run, parameters, samples, { signal });
  const driftAnswers = old.driftAnswers && {
    reference: old.driftAnswers.reference,
    candidate: await answerSamples(toEncodedModel(run, parameters), run.drift!, { signal }),
  };
  const { gate } = run.plan;
  const pair = { samples, reference, candidate: predictions };
  const question = {
    tasks: run.tasks,
    pair,
    first: firstModel,
    drift: run.drift && driftAnswers && { data: run.drift, answers: driftAnswers },
    level: shareLevel(gate) / judges,
    policy: gate.policy,
    claims: gatherClaims(gate, listFloors(run.tasks.protectedTasks).length),
  };
  const { modelSha256: oldSha256 } = run.opened;
  const named = {
    key: identifyJudgement(run.judging, oldSha256, question),
    level: question.level,
    reference: oldSha256,
    candidate: `${describeCandidate(candidate)}, run ${run.runId}`,
  };
  const entry = mayRelease ? await enterCandidate(run, candidate, named) : undefined;
  const { evaluator } = run.clients;
  const answer = await askGate(evaluator, question);
  const judgement = { ...pair, ...answer, firstModel, driftAnswers, entry };
  if (!run.plan.heads.enabled) return judgement;
  const plain = await predictSamples(run, parameters, samples, { withHeads: false, signal });
  return { ...judgement, withoutHeads: await askGateBeside(evaluator, question, plain) };
}

/** Enters a candidate's judgement; one that is refused has been trained, and is kept. */
async function enterCandidate(run: OpenRun, candidate: Candidate, named: NamedJudgement) {
  try {
    return await enterJudgement(run.judging, named);
  } catch (cause) {
    if (!isFault(cause) || cause.kind !== 'precondition') throw cause;
    await writeCandidate(run, candidate);
    throw new Fault(
      'precondition',
      `the candidate was not judged, and is kept in ${run.folder.candidate}; ${cause.message}`,
      { cause },
    );
  }
}

/** What does not depend on the candidate. */
interface OldModels {
  readonly samples: Judgement['samples'];
  readonly reference: Predictions;
  readonly firstModel?: FirstModel | undefined;
  readonly driftAnswers?: Pick<DriftAnswers, 'reference'> | undefined;
}

async function measureOld(run: OpenRun, signal: AbortSignal): Promise<OldModels> {
  const samples = samplesWithRole(run.dataset, 'validation');
  const reference = await predictSamples(run, referenceParameters, samples, { signal });
  const model = toEncodedModel(run, referenceParameters);
  const driftAnswers = run.drift && {
    reference: await answerSamples(model, run.drift, { signal }),
  };
  const firstModel = await classifyFirstModel(run, samples, signal);
  return { samples, reference, firstModel, driftAnswers };
}
