/** A kind of subset of the groups: all that have these sums. */
export interface Subset {
  /** sum_A d_g. */
  readonly change: number;
  /** sum_A n_g; 0 is the empty subset. */
  readonly size: number;
  /** Probability, every subset being equally likely. */
  readonly weight: number;
}
