/** One protected task: labelled examples with a label space of their own. */
export interface ConstrainedTask {
  readonly name: string;
  /** Rows of the class embeddings that are the label space; a label is an index into this list. None: its batch values are found elsewhere. */
  readonly classes: ArrayLike<number>;
  /** kappa: the constraint is h <= -kappa. */
  readonly requiredSlack: number;
  /** Allowed rate of the `flips` drive. */
  readonly allowedFlipRate: number;
  /** A capability that must not grow: its constraint is that of both models exchanged. */
  readonly ceiling?: boolean | undefined;
}
