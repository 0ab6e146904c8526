import {
  collectStrata,
  groupStandardError,
  type WeighedTask,
  weighTask,
} from '@holdfast/release-gate';
import type { TaskMeasurement } from './version.js';

/** Seed of the random subsets that stand in for all of them where those are too many. */
const subsetSeed = 0;

/**
 * Measures a protected task on steering data.
 *
 * @param margin change below which steering data show a regression, in [-1, 1]; of a ceiling, above minus which
 */
export function measureTask(task: WeighedTask, margin: number): TaskMeasurement {
  const { accuracyChange, groupCount, groups } = task.comparison;
  return {
    change: accuracyChange,
    groups: groupCount,
    groupVariance: groupStandardError(collectStrata({ groups })) ** 2 * groupCount,
    regressionPValue: weighTask(task, subsetSeed).dropPValue(-margin),
  };
}
