import type { PairedComparison } from '@holdfast/metrics';
import { collectStrata, groupStandardError, weighChange } from '@holdfast/release-gate';
import type { TaskMeasurement } from './version.js';

/** Seed of the random subsets that stand in for all of them where those are too many. */
const subsetSeed = 0;

/**
 * Measures a protected task on steering data.
 *
 * @param margin change below which steering data show a regression, in [-1, 1]
 */
export function measureTask(comparison: PairedComparison, margin: number): TaskMeasurement {
  const { accuracyChange, groupCount, groups } = comparison;
  return {
    change: accuracyChange,
    groups: groupCount,
    groupVariance: groupStandardError(collectStrata({ groups })) ** 2 * groupCount,
    regressionPValue: weighChange(comparison, subsetSeed).dropPValue(-margin),
  };
}
