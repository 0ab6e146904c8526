/** A task whose violation is weighed. */
export interface PenalizedTask {
  /** v = u + kappa: positive where the constraint is violated. */
  readonly violation: number;
  /** lambda; 0 where the penalty has none. */
  readonly multiplier: number;
}

/** What a penalty is scaled by. */
export interface PenaltyScale {
  /** beta. */
  readonly coefficient: number;
  /** rho, in the units of the estimate. */
  readonly smoothingWidth: number;
}

/** How the weight of a task's gradient follows from its violation (docs/algorithm/penalties.md). */
export interface Penalty {
  /** The weight. */
  weigh(task: PenalizedTask, scale: PenaltyScale): number;
  /** lambda after a dual step of this size; absent where the penalty has no multipliers. */
  moveMultiplier?(task: PenalizedTask, dualStep: number): number;
}

/** beta [v]_+. The paper's: the gradient of beta/2 [v]_+^2. */
const squaredHinge: Penalty = {
  weigh: ({ violation }, { coefficient }) => coefficient * Math.max(0, violation),
};

/** beta 1[v > 0]. */
const hinge: Penalty = {
  weigh: ({ violation }, { coefficient }) => (violation > 0 ? coefficient : 0),
};

/** beta min([v]_+, rho) / rho. */
const smoothedHinge: Penalty = {
  weigh: ({ violation }, { coefficient, smoothingWidth }) =>
    (coefficient * Math.min(Math.max(0, violation), smoothingWidth)) / smoothingWidth,
};

/** [lambda + beta v]_+, and lambda <- [lambda + dualStep v]_+. */
const augmentedLagrangian: Penalty = {
  weigh: ({ violation, multiplier }, { coefficient }) =>
    Math.max(0, multiplier + coefficient * violation),
  moveMultiplier: ({ violation, multiplier }, dualStep) =>
    Math.max(0, multiplier + dualStep * violation),
};

/** beta. */
const fixed: Penalty = { weigh: (_, { coefficient }) => coefficient };

/** 0. */
const none: Penalty = { weigh: () => 0 };

/** The penalties by their names in plans; `PENALTY_SQUARED_HINGE` on the wire is `squaredHinge`. */
export const penalties = {
  squaredHinge,
  hinge,
  smoothedHinge,
  augmentedLagrangian,
  fixed,
  none,
} as const satisfies Record<string, Penalty>;

export type PenaltyName = keyof typeof penalties;

/** The names in {@link penalties}. */
export const penaltyNames = Object.keys(penalties) as PenaltyName[];
