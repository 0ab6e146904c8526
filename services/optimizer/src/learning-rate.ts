/** A learning rate that rises linearly and then falls along a cosine. */
export interface LearningRateSchedule {
  /** Largest learning rate. */
  readonly learningRate: number;
  /** Steps of linear warm-up; at least 0. */
  readonly warmupSteps: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
}

/**
 * The learning rate of a step, counted from 0.
 *
 *   lr (step + 1) / warmup                                        step < warmup
 *   lr (1 + cos(pi (step - warmup) / (total - warmup))) / 2       step < total
 *   0                                                             later
 *
 * The first step already moves, and the rate reaches lr with the last step of the warm-up and 0 with the
 * end of the run.
 * @throws RangeError if the schedule or the step makes no sense.
 */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  const { learningRate, warmupSteps, totalSteps } = schedule;
  checkWhole('step', step);
  checkWhole('warmupSteps', warmupSteps);
  checkWhole('totalSteps', totalSteps);
  if (!(learningRate >= 0 && learningRate < Infinity)) {
    throw new RangeError(`learningRate is finite and at least 0, not ${learningRate}`);
  }
  if (step >= totalSteps) return 0;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const share = (step - warmupSteps) / (totalSteps - warmupSteps);
  return (learningRate * (1 + Math.cos(Math.PI * share))) / 2;
}

function checkWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new RangeError(`${name} is a whole number of at least 0, not ${value}`);
}
