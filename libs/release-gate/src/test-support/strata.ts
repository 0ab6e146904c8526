import fc from 'fast-check';
import { collectStrata, type Stratum } from '../bounds/group-strata.js';

/** One to twenty groups of one to twelve examples with any net change. */
export const arbitraryStrata: fc.Arbitrary<readonly Stratum[]> = fc
  .array(
    fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: -12, max: 12 }))
      .map(([size, change]) => ({
        size,
        negativeFlips: Math.min(size, Math.max(0, -change)),
        positiveFlips: Math.min(size, Math.max(0, change)),
      })),
    { minLength: 1, maxLength: 20 },
  )
  .map((groups) => collectStrata({ groups }));
