import { createRandom } from '@holdfast/random';
import type { Stratum } from '../bounds/group-strata.js';
import type { Subset } from './subset.js';

/** Random subsets drawn, each with its complement: p-values near 0.05 are right to 0.002. */
const pairs = 8192;

/**
 * Random subsets of the groups in complementary pairs, the empty and the full one being the first:
 * with these among them a sign-flip test keeps its level however few are drawn, and its bounds lie
 * on both sides of the observed change.
 *
 * Source: E. S. Edgington and P. Onghena, Randomization Tests, 4th edition, 2007.
 */
export function drawSubsets(strata: readonly Stratum[], seed: number): Subset[] {
  const random = createRandom(seed);
  const weight = 1 / (2 * pairs);
  const size = strata.reduce((sum, stratum) => sum + stratum.count * stratum.size, 0);
  const change = strata.reduce((sum, stratum) => sum + stratum.count * stratum.change, 0);
  const subsets: Subset[] = [
    { change: 0, size: 0, weight },
    { change, size, weight },
  ];
  for (let pair = 1; pair < pairs; pair += 1) {
    let takenChange = 0;
    let takenSize = 0;
    for (const stratum of strata) {
      const groups = countHeads(stratum.count, random.uint32);
      takenChange += groups * stratum.change;
      takenSize += groups * stratum.size;
    }
    subsets.push({ change: takenChange, size: takenSize, weight });
    subsets.push({ change: change - takenChange, size: size - takenSize, weight });
  }
  return subsets;
}

/** Heads among `tosses` fair coins: the bits of random words. */
function countHeads(tosses: number, drawWord: () => number): number {
  let heads = 0;
  for (let left = tosses; left > 0; left -= 32) {
    let word = left >= 32 ? drawWord() : drawWord() >>> (32 - left);
    // Clears the lowest set bit until none is left.
    for (; word !== 0; word &= word - 1) heads += 1;
  }
  return heads;
}
