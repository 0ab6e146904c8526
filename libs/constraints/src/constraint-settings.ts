/** How the weight of a task's gradient follows from its estimate (algorithm.md, section 3). */
export type Penalty =
  | 'squaredHinge'
  | 'hinge'
  | 'smoothedHinge'
  | 'augmentedLagrangian'
  | 'fixed'
  | 'none';

/** What the estimate of a task tracks (algorithm.md, section 3). */
export type Drive = 'loss' | 'calibratedLoss' | 'accuracy' | 'flips' | 'measured';

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
  readonly penalty: Penalty;
  readonly drive: Drive;
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

/** One protected task: labelled examples with a label space of their own. */
export interface ConstrainedTask {
  readonly name: string;
  /** Rows of the class embeddings that are the label space; a label is an index into this list. */
  readonly classes: ArrayLike<number>;
  /** kappa: the constraint is h <= -kappa. */
  readonly requiredSlack: number;
  /** Allowed rate of the `flips` drive. */
  readonly allowedFlipRate: number;
}
