import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintSettings, MultiplierSettings } from './constraint-settings.js';
import type { ConstraintState } from './constraint-state.js';
import { drives } from './drives.js';
import { type Penalty, penalties } from './penalties.js';

/**
 * Counts one step of a penalty that has multipliers and moves them every `dualPeriodSteps`, by what the penalty says, for
 * tasks visited since the last dual step. Without multipliers, or where they are measured, the state comes back as it is.
 * `state` is not changed.
 */
export function stepDual(
  state: ConstraintState,
  tasks: readonly ConstrainedTask[],
  coefficient: number,
  { penalty, drive, dualStep = coefficient, dualPeriodSteps }: ConstraintSettings,
): ConstraintState {
  const { moveMultiplier }: Penalty = penalties[penalty];
  if (moveMultiplier === undefined || drives[drive].isMeasured) return state;
  const stepsSinceDual = state.stepsSinceDual + 1;
  if (stepsSinceDual < dualPeriodSteps) return { ...state, stepsSinceDual };
  const multipliers = state.multipliers.map((multiplier, k) => {
    if (state.visited[k] === 0) return multiplier;
    const violation = state.estimates[k]! + tasks[k]!.requiredSlack;
    return moveMultiplier({ violation, multiplier }, dualStep);
  });
  return { ...state, multipliers, visited: new Uint8Array(tasks.length), stepsSinceDual: 0 };
}

/** The accuracy change of one task, measured on steering data. */
export interface MeasuredChange {
  readonly task: number;
  /** d: accuracy of the candidate minus accuracy of the reference. */
  readonly accuracyChange: number;
  /** SE of d, by groups. */
  readonly standardError: number;
}

/** The accuracy that counts as one unit of violation. */
const accuracyUnit = 0.02;

/**
 * Moves the multipliers of the `measured` drive after a measurement.
 *
 *   lambda_k <- clip(lambda_k exp(eta clip((kappa_k - d_k + z SE_k) / 0.02, -1, 2)), min, max)
 *
 * with +d_k of a ceiling: of both models exchanged.
 * Shapes: the multipliers are [tasks]. `multipliers` is not changed; tasks that were not measured keep theirs.
 */
export function moveMultipliers(
  multipliers: Float64Array,
  tasks: readonly ConstrainedTask[],
  changes: readonly MeasuredChange[],
  { rate, standardErrors, minimum, maximum }: MultiplierSettings,
): Float64Array {
  const moved = multipliers.slice();
  for (const { task, accuracyChange, standardError } of changes) {
    const { requiredSlack, ceiling } = tasks[task]!;
    const drop = ceiling ? accuracyChange : -accuracyChange;
    const violation = requiredSlack + drop + standardErrors * standardError;
    const exponent = rate * Math.min(2, Math.max(-1, violation / accuracyUnit));
    moved[task] = Math.min(maximum, Math.max(minimum, moved[task]! * Math.exp(exponent)));
  }
  return moved;
}
