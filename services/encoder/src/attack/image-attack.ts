import type { AttackedClasses } from './cross-entropy-directions.js';

/** An attack of a batch's images, checked. */
export interface ImageAttack extends AttackedClasses {
  /** In units of 1/255. */
  readonly epsilon: number;
  readonly stepSize: number;
  readonly steps: number;
  readonly startsAtRandom: boolean;
}

/** An attack of some of a batch's images, checked. */
export interface RowsAttack extends ImageAttack {
  /** Their places in the batch, ascending, as many as labels. */
  readonly rows: readonly number[];
}
