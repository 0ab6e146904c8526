import type { ConstraintSettings } from './constraint-settings.js';

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

/**
 * The weight of a task's gradient (algorithm.md, section 3), with v = u + kappa.
 *
 *   squaredHinge         beta [v]_+
 *   hinge                beta 1[v > 0]
 *   smoothedHinge        beta min([v]_+, rho) / rho
 *   augmentedLagrangian  [lambda + beta v]_+
 *   fixed                beta
 *   none                 0
 *
 * The drive `measured` replaces every one of them by lambda.
 */
export function weighPenalty(
  task: { readonly violation: number; readonly multiplier: number },
  coefficient: number,
  { penalty, drive, smoothingWidth }: ConstraintSettings,
): number {
  const { violation, multiplier } = task;
  if (drive === 'measured') return multiplier;
  switch (penalty) {
    case 'squaredHinge':
      return coefficient * Math.max(0, violation);
    case 'hinge':
      return violation > 0 ? coefficient : 0;
    case 'smoothedHinge':
      return (coefficient * Math.min(Math.max(0, violation), smoothingWidth)) / smoothingWidth;
    case 'augmentedLagrangian':
      return Math.max(0, multiplier + coefficient * violation);
    case 'fixed':
      return coefficient;
    case 'none':
      return 0;
  }
}
