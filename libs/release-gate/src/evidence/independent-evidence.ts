import type { PairedComparison } from '@holdfast/metrics';
import { gaffkeLowerBound, gaffkePValue } from '../bounds/gaffke-bound.js';
import type { Stratum } from '../bounds/group-strata.js';
import { normalUpperQuantile, normalUpperTail } from '../bounds/normal-distribution.js';
import {
  type FlipCounts,
  tangoLowerBound,
  tangoScore,
  tangoUpperBound,
} from '../bounds/tango-bounds.js';
import type { ChangeEvidence } from './change-evidence.js';

/** From so many examples on Tango's error stays within 0.3 points of the level. */
const tangoExamplesMin = 200;

/**
 * Evidence of independent examples: Tango's score bounds.
 *
 * Tango's is an approximation whose error exceeds the level where examples are few (6.4 % instead of
 * 5 % with ten) and where nothing flips to right (9.1 % with ten): the drop is then a binomial
 * proportion and the bound Wilson's. There Gaffke's bound, which errs on the safe side and for a
 * binomial proportion is the exact one of Clopper and Pearson, is taken where it is lower.
 */
export function createIndependentEvidence(comparison: PairedComparison): ChangeEvidence {
  const counts = {
    examples: comparison.exampleCount,
    negativeFlips: comparison.negativeFlips,
    positiveFlips: comparison.positiveFlips,
  };
  const unchanged = counts.negativeFlips + counts.positiveFlips === 0;
  return {
    method: unchanged ? 'zero-flip' : 'tango',
    lowerBound: (level) => guardedLowerBound(counts, level),
    upperBound: (level) =>
      unchanged ? -guardedLowerBound(counts, level) : tangoUpperBound(counts, level),
    dropPValue: (tolerance) => (unchanged ? 1 : normalUpperTail(-tangoScore(counts, -tolerance))),
    excessPValue(drop) {
      const tango = normalUpperTail(tangoScore(counts, -drop));
      if (!needsGuard(counts)) return tango;
      return Math.max(tango, gaffkePValue(listExamples(counts), -drop));
    },
    wouldRetain({ tolerance, level }, scale) {
      const scaled = scaleCounts(counts, scale);
      const shown = tangoScore(scaled, -tolerance) >= normalUpperQuantile(level);
      if (!shown || !needsGuard(scaled)) return shown;
      return gaffkePValue(listExamples(scaled), -tolerance) <= level;
    },
    smallestDetectableDrop(level) {
      const half = (counts.negativeFlips + counts.positiveFlips) / 2;
      const even = { examples: counts.examples, negativeFlips: half, positiveFlips: half };
      return -guardedLowerBound(even, level);
    },
  };
}

function guardedLowerBound(counts: FlipCounts, level: number): number {
  const tango = tangoLowerBound(counts, level);
  if (!needsGuard(counts)) return tango;
  return Math.min(tango, gaffkeLowerBound(listExamples(counts), level));
}

function needsGuard({ examples, positiveFlips }: FlipCounts): boolean {
  return positiveFlips === 0 || examples < tangoExamplesMin;
}

/** Examples as groups of one. */
function listExamples({ examples, negativeFlips, positiveFlips }: FlipCounts): Stratum[] {
  return [
    { size: 1, change: -1, count: negativeFlips },
    { size: 1, change: 0, count: examples - negativeFlips - positiveFlips },
    { size: 1, change: 1, count: positiveFlips },
  ];
}

function scaleCounts(counts: FlipCounts, scale: number): FlipCounts {
  return {
    examples: counts.examples * scale,
    negativeFlips: counts.negativeFlips * scale,
    positiveFlips: counts.positiveFlips * scale,
  };
}
