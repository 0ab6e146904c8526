import { createSets } from '../duplicates/join-sets.js';
import type { VisitPair } from '../duplicates/visit-near-hashes.js';
import { type DataTable, isSound } from '../table/data-table.js';

/** Rows that stay together. */
export interface JoinedUnits {
  /** Number of the unit of each row; of rows that cannot be used, -1. */
  readonly unitOf: Int32Array;
  /** First row of each unit. */
  readonly firstRows: readonly number[];
  /** Groups that stand together with another one, because of copies alone, and because of near duplicates. */
  readonly joinedByCopies: number;
  readonly joinedByNear: number;
  /** Pairs of near duplicates with two labels, which are not joined. */
  readonly otherLabelPairs: number;
}

/**
 * Joins the rows of a group, exact copies, and of the pairs that `visitPairs` visits those with one label: what looks alike
 * and has two labels can make no result look better, and would chain classes of small, similar things together.
 */
export function joinUnits(
  table: DataTable,
  visitPairs: ((visit: VisitPair) => void) | undefined,
): JoinedUnits {
  const { rows, groupOf, groupCount, traits } = table;
  const sets = createSets(rows);
  joinSame(table, groupOf, groupCount, sets.join);
  const groups = countSets(table, sets.find);
  if (traits !== undefined) joinSame(table, traits.contents, traits.contentCount, sets.join);
  const withCopies = countSets(table, sets.find);
  let otherLabelPairs = 0;
  visitPairs?.((first, second) => {
    if (table.labelOf[first] === table.labelOf[second]) sets.join(first, second);
    else otherLabelPairs += 1;
  });
  const unitOf = new Int32Array(rows).fill(-1);
  const firstRows: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    if (!isSound(table, row)) continue;
    const first = sets.find(row);
    if (first === row) firstRows.push(row);
    unitOf[row] = first === row ? firstRows.length - 1 : unitOf[first]!;
  }
  return {
    unitOf,
    firstRows,
    joinedByCopies: groups - withCopies,
    joinedByNear: withCopies - firstRows.length,
    otherLabelPairs,
  };
}

/** Joins the rows that have the same number. */
function joinSame(
  table: DataTable,
  numbers: Uint32Array,
  count: number,
  join: (a: number, b: number) => void,
): void {
  const firstOf = new Int32Array(count).fill(-1);
  for (let row = 0; row < table.rows; row += 1) {
    if (!isSound(table, row)) continue;
    const first = firstOf[numbers[row]!]!;
    if (first < 0) firstOf[numbers[row]!] = row;
    else join(first, row);
  }
}

/** Sets are named by their first rows, which can be used as all others. */
function countSets(table: DataTable, find: (row: number) => number): number {
  let count = 0;
  for (let row = 0; row < table.rows; row += 1) {
    if (isSound(table, row) && find(row) === row) count += 1;
  }
  return count;
}
