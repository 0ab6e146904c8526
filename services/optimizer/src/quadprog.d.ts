/** The part of quadprog that is used; its arrays begin at 1. */
declare module 'quadprog' {
  interface Solution {
    readonly solution: readonly number[];
    /** Empty where it was solved. */
    readonly message: string;
  }
  const quadprog: {
    /** Least 1/2 b^T D b - d^T b with A^T b >= b0. */
    solveQP(
      D: readonly (readonly number[])[],
      d: readonly number[],
      A: readonly (readonly number[])[],
      b0: readonly number[],
    ): Solution;
  };
  export = quadprog;
}
