import { Fault } from '@holdfast/fault';
import type { Matrix } from '@holdfast/tensor';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintSettings } from './constraint-settings.js';
import { type ConstraintState, updateConstraintEstimates } from './constraint-state.js';
import { differentiateCosines } from './differentiate-cosines.js';
import { drives } from './drives.js';
import { type ExampleScores, scoreBatch } from './example-scores.js';
import { stepDual } from './multipliers.js';
import { penaltyCoefficientAt, weighPenalty } from './penalty-weight.js';
import type { ReferenceRecord } from './reference-record.js';
import { checkScores } from './references.js';
import type { ConstraintBatch } from './task-batch.js';
import { computeTaskTerms, type TaskTerms } from './task-terms.js';

/** A sampled task after a step. */
export interface TaskEstimate {
  readonly task: number;
  /** hhat_k. */
  readonly batchValue: number;
  /** u_k after this batch. */
  readonly constraintEstimate: number;
  /** The weight of this task's gradient. */
  readonly weight: number;
  /** L_k of the candidate on this batch, in nats; 0 where the batch value was found elsewhere. */
  readonly taskLoss: number;
  /** lambda_k after this step. */
  readonly multiplier: number;
}

/** The constraints of one batch. */
export interface ConstraintEstimate {
  /** The state after this batch, for the caller to keep. */
  readonly state: ConstraintState;
  /** In the order of the batch. */
  readonly tasks: readonly TaskEstimate[];
  /** 1/|S| sum_k weight_k L_k over the examples that count, minus L_k of a ceiling: the value whose gradient follows. */
  readonly value: number;
  /** [rows, d]: with respect to the normalised image embeddings. */
  readonly imageGradients: Matrix;
  /** [classes, d]: with respect to the normalised class embeddings. */
  readonly classGradients: Matrix;
  /** [tasks of the batch]: what each gives to `classGradients`, where the batch wants them apart. */
  readonly taskClassGradients: readonly Matrix[];
}

/** What one step's constraints are estimated from. */
export interface ConstraintStep {
  readonly tasks: readonly ConstrainedTask[];
  readonly settings: ConstraintSettings;
  readonly state: ConstraintState;
  /** Counted from 0; only the penalty's ramp depends on it. */
  readonly step: number;
  readonly batch: ConstraintBatch;
  /** [tasks of the batch][examples]. */
  readonly references: readonly (readonly ReferenceRecord[])[];
  /** [tasks]: tau of each. */
  readonly temperatures: ArrayLike<number>;
}

/**
 * Folds one batch into the running estimates and answers the penalty's weights and gradients.
 *
 *   u_k <- moving average of hhat_k, k in S
 *   gradient = 1/|S| sum_{k in S} weight_k dL_k(B_k),  weight_k from u_k as it stands after this batch
 *
 * The multipliers of the augmented Lagrangian move after the weights are taken. Shapes: see
 * {@link ConstraintBatch} and {@link ConstraintEstimate}. `state` is not changed.
 * @throws Fault 'diverged' naming task and term if a number of the candidate is not finite.
 */
export function estimateConstraints(input: ConstraintStep): ConstraintEstimate {
  const { tasks, settings, batch } = input;
  const sampled = batch.tasks.map(({ task }) => task);
  const scores = scoreBatch(tasks, batch);
  const terms = batch.tasks.map((_, i) => computeTerms(input, i, scores[i]!));
  const values = terms.map((term) => term.batchValue);
  const moved = updateConstraintEstimates(
    input.state,
    { tasks: sampled, values },
    settings.movingAverage,
  );
  const coefficient = penaltyCoefficientAt(input.step, settings);
  const weights = sampled.map((k) =>
    checkTerm(tasks[k]!, 'weight', weighTask(moved, k, coefficient, input)),
  );
  const state = stepDual(moved, tasks, coefficient, settings);
  const shares = weights.map((weight) => weight / sampled.length);
  const slopes = terms.map(({ coefficients }) => coefficients);
  const differentiate = (only: ConstraintBatch, counted: readonly number[]) =>
    differentiateCosines(tasks, only, { slopes, shares: counted });
  return {
    state,
    tasks: terms.map(({ batchValue, taskLoss }, i) => ({
      task: sampled[i]!,
      batchValue,
      constraintEstimate: state.estimates[sampled[i]!]!,
      weight: weights[i]!,
      taskLoss,
      multiplier: checkTerm(tasks[sampled[i]!]!, 'multiplier', state.multipliers[sampled[i]!]!),
    })),
    value: terms.reduce((sum, { drivenLoss }, i) => sum + shares[i]! * drivenLoss, 0),
    ...differentiate(batch, shares),
    taskClassGradients: (batch.apart ? shares : []).map((share, i) => {
      const counted = shares.map((_, other) => (other === i ? share : 0));
      return differentiate({ ...batch, omitImageGradients: true }, counted).classGradients;
    }),
  };
}

function computeTerms(
  input: ConstraintStep,
  i: number,
  scores: readonly ExampleScores[],
): TaskTerms {
  const { batch, settings, references, temperatures } = input;
  const taskBatch = batch.tasks[i]!;
  const task = input.tasks[taskBatch.task]!;
  if (taskBatch.value !== undefined) {
    const batchValue = checkTerm(task, 'batch value', taskBatch.value);
    // Its gradient is with whoever found it.
    return { batchValue, taskLoss: 0, drivenLoss: 0, coefficients: [] };
  }
  checkScores(task, taskBatch, scores, 'diverged');
  const temperature = temperatures[taskBatch.task]!;
  const terms = computeTaskTerms(scores, references[i]!, {
    task,
    drive: drives[settings.drive],
    temperature,
  });
  checkTerm(task, 'batch value', terms.batchValue);
  return terms;
}

function weighTask(state: ConstraintState, k: number, coefficient: number, input: ConstraintStep) {
  const violation = state.estimates[k]! + input.tasks[k]!.requiredSlack;
  return weighPenalty(
    { violation, multiplier: state.multipliers[k]! },
    coefficient,
    input.settings,
  );
}

function checkTerm(task: ConstrainedTask, term: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new Fault(
    'diverged',
    `task '${task.name}': the ${term} is ${value}; training has diverged: ` +
      'lower the learning rate or the penalty',
  );
}
