import type { ConstraintSettings } from './constraint-settings.js';
import { drives } from './drives.js';

/** The per-task state of a run. Shapes: every array is [tasks]. */
export interface ConstraintState {
  /** u_k; NaN = never visited. */
  readonly estimates: Float64Array;
  /** lambda_k; 0 where the settings have none. */
  readonly multipliers: Float64Array;
  /** 1 where the task was visited since the last dual step of the augmented Lagrangian. */
  readonly visited: Uint8Array;
  /** Steps since the last dual step. */
  readonly stepsSinceDual: number;
}

/** A state before the first step. */
export function createConstraintState(
  taskCount: number,
  { drive, multipliers }: ConstraintSettings,
): ConstraintState {
  return {
    estimates: new Float64Array(taskCount).fill(Number.NaN),
    multipliers: new Float64Array(taskCount).fill(
      drives[drive].isMeasured ? multipliers.initial : 0,
    ),
    visited: new Uint8Array(taskCount),
    stepsSinceDual: 0,
  };
}

/**
 * Moves each visited task's estimate towards this batch.
 *
 *   u_k <- hhat_k                                first visit
 *   u_k <- (1 - gamma2) u_k + gamma2 hhat_k      later
 *
 * Shapes: `visit.tasks` and `visit.values` are [visited]. Units: those of the drive. Positive means the
 * candidate is worse than the reference. `state` is not changed.
 * Source: arXiv 2410.03955, Algorithm 1.
 * @throws RangeError if `movingAverage` is not in (0, 1].
 */
export function updateConstraintEstimates(
  state: ConstraintState,
  visit: { readonly tasks: readonly number[]; readonly values: readonly number[] },
  movingAverage: number,
): ConstraintState {
  if (!(movingAverage > 0 && movingAverage <= 1)) {
    throw new RangeError(`the constraint's moving average is in (0, 1], not ${movingAverage}`);
  }
  const estimates = state.estimates.slice();
  const visited = state.visited.slice();
  visit.tasks.forEach((task, i) => {
    const saved = estimates[task]!;
    const value = visit.values[i]!;
    estimates[task] = Number.isNaN(saved)
      ? value
      : (1 - movingAverage) * saved + movingAverage * value;
    visited[task] = 1;
  });
  return { ...state, estimates, visited };
}
