import type { DriveName } from './drives.js';
import type { PenaltyName } from './penalties.js';

/** The multipliers of the `measured` drive. */
export interface MultiplierSettings {
  /** lambda at the start. */
  readonly initial: number;
  /** eta. */
  readonly rate: number;
  /** z: standard errors added to the measured drop. */
  readonly standardErrors: number;
  /** Smallest lambda. */
  readonly minimum: number;
  /** Largest lambda. */
  readonly maximum: number;
}

/** How constraints act in a run. */
export interface ConstraintSettings {
  readonly penalty: PenaltyName;
  readonly drive: DriveName;
  /** beta. */
  readonly penaltyCoefficient: number;
  /** Steps over which beta rises from 0 along a half cosine; 0 means it is constant. */
  readonly penaltyRampSteps: number;
  /** rho of the smoothed hinge, in the units of the estimate. */
  readonly smoothingWidth: number;
  /** gamma2: weight of the batch's value in the moving average, in (0, 1]. */
  readonly movingAverage: number;
  /** tau of the task loss; where the `calibratedLoss` drive starts its fit. */
  readonly temperature: number;
  /** dualStep of the augmented Lagrangian; absent: beta as it stands. */
  readonly dualStep?: number | undefined;
  /** dualPeriod of the augmented Lagrangian, in steps. */
  readonly dualPeriodSteps: number;
  readonly multipliers: MultiplierSettings;
}
