import type { ConstrainedTask } from './constrained-task.js';
import { crossEntropy } from './cross-entropy.js';
import type { ComparedExample, Drive } from './drives.js';
import type { ExampleScores } from './example-scores.js';
import { computeMargin, isRight, smoothError } from './margin.js';
import type { ReferenceRecord } from './reference-record.js';

/** What one task's examples give in a step. */
export interface TaskTerms {
  /** hhat_k: how much worse the candidate is than the reference, in the units of the drive. */
  readonly batchValue: number;
  /** L_k of the candidate: mean cross-entropy, in nats. */
  readonly taskLoss: number;
  /** The mean whose gradient the penalty weighs: L_k, or the sum over counted examples over |B_k|; of a ceiling, minus it. */
  readonly drivenLoss: number;
  /** [examples][classes]: d drivenLoss / d cosine. */
  readonly coefficients: readonly Float64Array[];
}

/**
 * The terms of one task's batch (docs/algorithm/step.md, docs/algorithm/drives.md): hhat by the drive, and the gradient of mean ell, or
 * of 1/|B_k| sum ell over the examples that w_old gets right.
 *
 * Of a ceiling it is all that of both models exchanged: hhat is how much worse w_old is, the gradient is turned, and
 * those that count are the examples that w gets right. They are also counted where weights are measured and never 0:
 * what w gets wrong already is not pushed further.
 */
export function computeTaskTerms(
  scores: readonly ExampleScores[],
  references: readonly ReferenceRecord[],
  options: { readonly task: ConstrainedTask; readonly drive: Drive; readonly temperature: number },
): TaskTerms {
  const { task, drive, temperature } = options;
  const onlyRight = drive.onlyRight || (task.ceiling && drive.isMeasured);
  const sign = task.ceiling ? -1 : 1;
  let [value, taskLoss, drivenLoss] = [0, 0, 0];
  const width = scores[0]?.cosines.length ?? 0;
  // One buffer: hundreds of small ones a step keep the garbage collector busy.
  const all = new Float64Array(scores.length * width);
  const coefficients = scores.map((example, i) => {
    const slopes = all.subarray(i * width, (i + 1) * width);
    const loss = crossEntropy(example, temperature, slopes);
    const now = {
      loss,
      smoothedError: smoothError(computeMargin(example)),
      isRight: isRight(example),
    };
    const compared = exchange({ candidate: now, reference: references[i]! }, task);
    const isCounted = !onlyRight || compared.reference.isRight;
    value += drive.worsen(compared) / scores.length;
    taskLoss += loss / scores.length;
    if (isCounted) drivenLoss += (sign * loss) / scores.length;
    slopes[example.label]! -= 1;
    const scale = isCounted ? sign / (temperature * scores.length) : 0;
    for (let c = 0; c < slopes.length; c += 1) slopes[c]! *= scale;
    return slopes;
  });
  const batchValue = drive.allow === undefined ? value : value - drive.allow(task);
  return { batchValue, taskLoss, drivenLoss, coefficients };
}

/** Where a ceiling differs: what must not grow from w_old to w must not be lost from w to w_old. */
function exchange(
  { candidate, reference }: ComparedExample,
  { ceiling }: ConstrainedTask,
): ComparedExample {
  return ceiling ? { candidate: reference, reference: candidate } : { candidate, reference };
}
