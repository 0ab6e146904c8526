import type { Stratum } from '../bounds/group-strata.js';
import type { Subset } from './subset.js';

/** Cells visited at the most: a hundredth of a second or two. */
const workMax = 5_000_000;

/**
 * The exact distribution of (sum n, sum d) over all 2^G subsets of the groups, one group after the
 * other: half of every subset takes it, half does not. All 2^45 subsets of 45 groups of ten images
 * are some thousand such pairs.
 *
 * @returns undefined where it would take too long
 */
export function convolveSubsets(strata: readonly Stratum[]): Subset[] | undefined {
  const unit = strata.reduce((divisor, { size }) => findDivisor(divisor, size), 0);
  const rows = 1 + sum(strata, ({ size }) => size / unit);
  const lowest = sum(strata, ({ change }) => Math.min(0, change));
  const columns = 1 + sum(strata, ({ change }) => Math.max(0, change)) - lowest;
  if (rows * columns * sum(strata, () => 1) > workMax) return undefined;
  const grid = new Float64Array(rows * columns);
  grid[-lowest] = 1;
  for (const { size, change, count } of strata) {
    const shift = (size / unit) * columns + change;
    for (let i = 0; i < count; i += 1) addGroup(grid, shift);
  }
  const subsets: Subset[] = [];
  grid.forEach((weight, cell) => {
    if (weight === 0) return;
    const row = Math.floor(cell / columns);
    subsets.push({ size: row * unit, change: (cell % columns) + lowest, weight });
  });
  return subsets;
}

/**
 * grid[cell] <- (grid[cell] + grid[cell - shift]) / 2, from the end, so that cells read are still
 * old. Sums never leave [lowest, highest], so that no cell wraps into another row.
 */
function addGroup(grid: Float64Array, shift: number): void {
  for (let cell = grid.length - 1; cell >= 0; cell -= 1) {
    grid[cell] = (grid[cell]! + (grid[cell - shift] ?? 0)) / 2;
  }
}

function sum(strata: readonly Stratum[], measure: (stratum: Stratum) => number): number {
  return strata.reduce((total, stratum) => total + stratum.count * measure(stratum), 0);
}

/** Greatest common divisor. */
function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b);
}
