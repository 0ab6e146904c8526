import { createRandom } from '@holdfast/random';
import type { PoolGroup } from './pool-groups.js';

/** Groups on which both models answer one class, and those of them that are to be checked. */
export interface ClassChecks {
  /** Indices of the groups. */
  readonly agreed: readonly number[];
  /** A random sample of them, without replacement. */
  readonly checked: readonly number[];
}

/**
 * Draws, for each class, the groups whose labels tell how many of those that both models answer alike are what
 * they say. The same pool and answers give the same sample, however many of its labels are known: nobody can
 * look for a kinder one.
 *
 * @param checksMax groups that are drawn of each class, at the most.
 */
export function drawChecks(
  groups: readonly PoolGroup[],
  classCount: number,
  checksMax: number,
): ClassChecks[] {
  const agreed: number[][] = Array.from({ length: classCount }, () => []);
  groups.forEach(({ answer }, index) => {
    if (answer !== undefined) agreed[answer]!.push(index);
  });
  return agreed.map((indices, classIndex) => {
    const order = [...indices];
    createRandom(0, classIndex).shuffle(order);
    return { agreed: indices, checked: order.slice(0, checksMax) };
  });
}
