import type { EvaluatorServiceClient } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunVerdict } from '@holdfast/run-store';
import { type DescribedAnswer, describeAnswer } from '../judge/describe-answer.js';
import { askGate, type ReleaseQuestion } from '../judge/release-question.js';
import type { MeasuredPair } from '../pair/measure-pair.js';
import { gatherClaims } from '../rules/claims.js';
import { listFloors } from '../tasks/protected-task.js';
import { nameVerdict } from '../verdict/describe-comparison.js';

/** What the gate was asked of a pair, by the policy and level that a verdict states. */
export function askAgain(
  { data, predictions, first, watched }: MeasuredPair,
  { policy, level }: RunVerdict['gate'],
): ReleaseQuestion {
  return {
    tasks: data.tasks,
    pair: predictions,
    first,
    drift: watched,
    level,
    policy: policy === 'strict' ? 'strict' : 'evidence',
    claims: gatherClaims(data.plan.gate, listFloors(data.tasks.protectedTasks).length),
  };
}

/**
 * Judges a pair once more. It is the same judgement, so no ledger counts it.
 *
 * @returns the parts of `verdict.json` that follow from both models and the images that judge
 */
export async function judgeAgain(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  question: ReleaseQuestion,
): Promise<DescribedAnswer & Pick<RunVerdict, 'outcome' | 'reason'>> {
  const answer = await askGate(evaluator, question);
  return {
    outcome: nameVerdict(answer.gate),
    reason: answer.gate.reason,
    ...describeAnswer(answer, question.drift?.data.sha256),
  };
}
