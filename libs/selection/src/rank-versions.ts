import { holmPValues, normalUpperTail } from '@holdfast/release-gate';
import { allowDrop } from './allow-drop.js';
import { estimateChanges, shrinkVariances } from './estimate-changes.js';
import { smoothVersions } from './smooth-versions.js';
import type { GateDesign, MeasuredVersion, TaskDesign, TaskMeasurement } from './version.js';

/** A version in its place. */
export interface RankedVersion<T extends MeasuredVersion> {
  readonly version: T;
  /** Chance that the gate retains every task, as far as steering data tell, in [0, 1]. */
  readonly retentionChance: number;
  /** Expected gain: target gain times that chance, or the gain alone where it is not above 0. */
  readonly score: number;
  /** Protected tasks that steering data show to have regressed, by index; empty: feasible. */
  readonly regressed: readonly number[];
}

/**
 * Scores above this share of the best are as good as the best, given the noise of few groups: among them more
 * training decides. Measured: docs/results.md.
 */
const equalShare = 0.9;

/**
 * Orders versions for the gate, best first: by what is gained times the chance that it is released.
 *
 *   chance = prod_k Phi( (mean_k + a_k) / sqrt(variance_k + v_k / V_k) )
 *   score  = gain * chance where the gain is above 0, else the gain
 *
 * mean_k and variance_k: where the true change probably lies ({@link estimateChanges}), after neighbouring
 * checkpoints were blended ({@link smoothVersions}) and variances shrunk ({@link shrinkVariances}). v_k / V_k: noise of the
 * V_k groups that will judge. a_k: the drop that they may show ({@link allowDrop}).
 *
 * First come, of the feasible, those whose score is at least 0.9 of the best: by larger alpha, averaged weights
 * before last ones, then later steps. Then the other feasible ones by score. Those of which steering data show a
 * regression (Holm-adjusted p-value <= level for some task) come last, by larger chance.
 *
 * The change of a ceiling is turned, growth is then a drop, and what kinds of tasks have in common is estimated for each kind.
 *
 * Source: docs/algorithm/choosing-the-candidate.md.
 * @throws RangeError if a version has a number that is not finite or none of its tasks was measured.
 */
export function rankVersions<T extends MeasuredVersion>(
  versions: readonly T[],
  design: GateDesign,
): RankedVersion<T>[] {
  versions.forEach(checkVersion);
  const smoothed = smoothVersions(versions);
  const ranked = versions.map((version, index): RankedVersion<T> => {
    const retentionChance = estimateRetentionChance(smoothed[index]!, design);
    const { targetChange } = smoothed[index]!;
    return {
      version,
      retentionChance,
      score: targetChange > 0 ? targetChange * retentionChance : targetChange,
      regressed: findRegressed(version, design.level),
    };
  });
  const feasible = ranked.filter(({ regressed }) => regressed.length === 0);
  const best = Math.max(...feasible.map(({ score }) => score));
  const isEqual = ({ score }: RankedVersion<T>) => best > 0 && score >= equalShare * best;
  const byScore = (a: RankedVersion<T>, b: RankedVersion<T>) => b.score - a.score;
  return [
    ...feasible.filter(isEqual).sort((a, b) => compareTraining(a.version, b.version)),
    ...feasible.filter((entry) => !isEqual(entry)).sort(byScore),
    ...ranked
      .filter(({ regressed }) => regressed.length > 0)
      .sort((a, b) => b.retentionChance - a.retentionChance),
  ];
}

/** More training first. */
function compareTraining(a: MeasuredVersion, b: MeasuredVersion): number {
  return b.alpha - a.alpha || Number(b.average) - Number(a.average) || b.step - a.step;
}

function estimateRetentionChance(
  { tasks }: MeasuredVersion,
  { level, tasks: designs }: GateDesign,
) {
  const measured = tasks.flatMap((task, k) => (task === null ? [] : [{ ...task, ...designs[k]! }]));
  const floors = measured.filter(({ ceiling }) => !ceiling);
  const ceilings = measured
    .filter(({ ceiling }) => ceiling)
    .map((task) => ({ ...task, change: 0 - task.change }));
  return estimateChance(floors, level) * estimateChance(ceilings, level);
}

function estimateChance(tasks: readonly (TaskMeasurement & TaskDesign)[], level: number): number {
  if (tasks.length === 0) return 1;
  const shrunk = shrinkVariances(tasks);
  return estimateChanges(shrunk).reduce((chance, { mean, variance }, k) => {
    const { groupVariance, validationGroups } = shrunk[k]!;
    const deviation = Math.sqrt(variance + groupVariance / validationGroups);
    const reserve = mean + allowDrop({ ...shrunk[k]!, level });
    if (deviation === 0) return reserve >= 0 ? chance : 0;
    return chance * normalUpperTail(-reserve / deviation);
  }, 1);
}

function findRegressed({ tasks }: MeasuredVersion, level: number): number[] {
  const pValues = holmPValues(tasks.map((task) => task?.regressionPValue ?? 1));
  return pValues.flatMap((pValue, k) => (pValue <= level ? [k] : []));
}

function checkVersion({ targetChange, alpha, tasks }: MeasuredVersion, index: number): void {
  const measured = tasks.filter((task) => task !== null);
  if (measured.length === 0) {
    throw new RangeError(`version ${index} was measured on no protected task`);
  }
  const numbers = measured.flatMap((task) => Object.values(task) as number[]);
  if (![targetChange, alpha, ...numbers].every(Number.isFinite)) {
    throw new RangeError(`version ${index} has a number that is not finite`);
  }
}
