import { type CountedPairs, pairsListedMax, type RowPair } from '../duplicates/find-duplicates.js';
import { type DataTable, isSound } from '../table/data-table.js';

/** Groups that are in two uses, each by its first rows in two of them. */
export function findGroupLeaks(table: DataTable): CountedPairs {
  const { rows, groupOf, groupCount, useOf } = table;
  const firstOf = new Int32Array(groupCount).fill(-1);
  const leaks = new Uint8Array(groupCount);
  const listed: RowPair[] = [];
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    if (!isSound(table, row) || useOf[row] === 0) continue;
    const group = groupOf[row]!;
    const first = firstOf[group]!;
    if (first < 0) firstOf[group] = row;
    else if (useOf[first] !== useOf[row] && leaks[group] === 0) {
      leaks[group] = 1;
      count += 1;
      if (listed.length < pairsListedMax) listed.push({ first, second: row, similarity: 1 });
    }
  }
  return { count, listed };
}
