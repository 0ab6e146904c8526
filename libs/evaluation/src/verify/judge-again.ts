import type { EvaluatorServiceClient } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunVerdict } from '@holdfast/run-store';
import { type DescribedAnswer, describeAnswer } from '../judge/describe-answer.js';
import { askGate } from '../judge/release-question.js';
import type { MeasuredPair } from '../pair/measure-pair.js';
import { gatherClaims } from '../rules/claims.js';
import { listFloors } from '../tasks/protected-task.js';
import { nameVerdict } from '../verdict/describe-comparison.js';

/**
 * Judges a pair as a verdict says that it was judged, by its policy and level. It is the same judgement once more, so
 * no ledger counts it.
 *
 * @returns the parts of `verdict.json` that follow from both models and the images that judge
 */
export async function judgeAgain(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  { data, predictions, first, watched }: MeasuredPair,
  { policy, level }: RunVerdict['gate'],
): Promise<DescribedAnswer & Pick<RunVerdict, 'outcome' | 'reason'>> {
  const answer = await askGate(evaluator, {
    tasks: data.tasks,
    pair: predictions,
    first,
    drift: watched,
    level,
    policy: policy === 'strict' ? 'strict' : 'evidence',
    claims: gatherClaims(data.plan.gate, listFloors(data.tasks.protectedTasks).length),
  });
  const { gate } = answer;
  return {
    outcome: nameVerdict(gate),
    reason: gate.reason,
    ...describeAnswer(answer, watched?.data.sha256),
  };
}
