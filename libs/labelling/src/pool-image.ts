/** An image without a place in a data set: what two models answer on it, and what a person says it shows. */
export interface PoolImage {
  /** Images that are no independent evidence share it. */
  readonly group: string;
  /** Class that the old model answers. */
  readonly reference: number;
  /** Class that the new model answers. */
  readonly candidate: number;
  /** Absent: nobody has said. */
  readonly label?: PoolLabel | undefined;
}

/** A class, or none of them. */
export type PoolLabel = number | typeof noClass;

/** What a person says of an image that shows none of the classes. */
export const noClass = 'none of these';

/** Whether both models answer alike, so that the image is neither lost nor won whatever it shows. */
export function isAgreed({ reference, candidate }: PoolImage): boolean {
  return reference === candidate;
}
