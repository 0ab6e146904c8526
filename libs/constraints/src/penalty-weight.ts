import type { ConstraintSettings } from './constraint-settings.js';
import { drives } from './drives.js';
import { type PenalizedTask, penalties } from './penalties.js';

/**
 * beta at a step: constant, or beta (1 - cos(pi step / ramp)) / 2 until the ramp's end.
 *
 * Steps count from 0, so the first step of a ramp has no penalty.
 */
export function penaltyCoefficientAt(step: number, settings: ConstraintSettings): number {
  const { penaltyCoefficient, penaltyRampSteps } = settings;
  if (step >= penaltyRampSteps) return penaltyCoefficient;
  return (penaltyCoefficient * (1 - Math.cos((Math.PI * step) / penaltyRampSteps))) / 2;
}

/** The weight of a task's gradient: the penalty's, or, by the drive `measured`, its multiplier. */
export function weighPenalty(
  task: PenalizedTask,
  coefficient: number,
  { penalty, drive, smoothingWidth }: ConstraintSettings,
): number {
  if (drives[drive].isMeasured) return task.multiplier;
  return penalties[penalty].weigh(task, { coefficient, smoothingWidth });
}
