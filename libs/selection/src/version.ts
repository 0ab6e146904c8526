/** A version of the weights, old against new on steering data. */
export interface MeasuredVersion {
  /** Steps taken by its checkpoint. */
  readonly step: number;
  /** The moving average of the weights instead of the last ones. */
  readonly average: boolean;
  /** alpha of w_old + alpha (w - w_old), in (0, 1]. */
  readonly alpha: number;
  /** Delta Acc of the target on steering data; 0 where they do not show it. */
  readonly targetChange: number;
  /** Each protected task, in plan order; null where no steering image shows it. */
  readonly tasks: readonly (TaskMeasurement | null)[];
}

/** What steering data show of one protected task: numbers that JSON keeps. */
export interface TaskMeasurement {
  /** d_k: Delta Acc. */
  readonly change: number;
  /** G_k: groups of steering data, or examples where each is its own group. */
  readonly groups: number;
  /** v_k: variance that one group contributes; d_k has v_k / G_k. */
  readonly groupVariance: number;
  /** One-sided p-value of "it fell (a ceiling: grew) by no more than is allowed"; small: more is shown. */
  readonly regressionPValue: number;
}

/** What is known of the gate before anything is judged. */
export interface GateDesign {
  /** Level of each candidate's judgement, in (0, 0.5). */
  readonly level: number;
  /** Each protected task, in plan order. */
  readonly tasks: readonly TaskDesign[];
}

/** What the gate will ask of one task. */
export interface TaskDesign {
  /** Largest drop that is accepted, of a ceiling the largest growth, in [0, 1]. */
  readonly tolerance: number;
  /** V_k: groups of validation data that will judge it, or examples where each is its own group. */
  readonly validationGroups: number;
  /** It must not grow; else it must not be lost. */
  readonly ceiling?: boolean | undefined;
}
