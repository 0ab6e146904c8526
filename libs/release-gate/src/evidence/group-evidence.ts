import { gaffkeLowerBound, gaffkePValue } from '../bounds/gaffke-bound.js';
import { meanChange, type Stratum } from '../bounds/group-strata.js';
import { signFlipPValue, signFlipUpperBound } from '../sign-flip/sign-flip-bound.js';
import { listSubsetChanges } from '../sign-flip/subset-changes.js';
import type { ChangeEvidence } from './change-evidence.js';

/**
 * Evidence of examples in groups, of which only the groups are independent.
 *
 * The lower bound, on which a release rests, is Gaffke's: it holds however the changes are
 * distributed, whole groups that are lost rarely included. The upper bound, which names a culprit,
 * inverts a sign-flip test: it assumes symmetric deviations, and errs towards "undecided" where
 * losses are the rare and large ones. Without any net flip both are Gaffke's, by symmetry.
 */
export function createGroupEvidence(strata: readonly Stratum[], seed: number): ChangeEvidence {
  const unchanged = strata.every(({ change }) => change === 0);
  const subsets = unchanged ? undefined : listSubsetChanges(strata, seed);
  return {
    method: unchanged ? 'zero-flip' : 'gaffke+sign-flip',
    lowerBound: (level) => gaffkeLowerBound(strata, level),
    upperBound: (level) =>
      subsets === undefined ? -gaffkeLowerBound(strata, level) : signFlipUpperBound(subsets, level),
    dropPValue: (tolerance) => (subsets === undefined ? 1 : signFlipPValue(subsets, -tolerance)),
    excessPValue: (drop) => gaffkePValue(strata, -drop),
    wouldRetain: ({ tolerance, level }, scale) =>
      gaffkePValue(
        strata.map((stratum) => ({ ...stratum, count: stratum.count * scale })),
        -tolerance,
      ) <= level,
    smallestDetectableDrop(level) {
      const change = meanChange(strata);
      const centred = strata.map((stratum) => ({
        ...stratum,
        // No group can lose more than all of its examples.
        change: Math.max(-stratum.size, stratum.change - change * stratum.size),
      }));
      return -gaffkeLowerBound(centred, level);
    },
  };
}
