import type { DataTable, TableTraits } from '../table/data-table.js';
import { isSound } from '../table/data-table.js';
import type { VisitPair } from './visit-near-hashes.js';

/** Two rows that show the same or nearly the same. */
export interface RowPair {
  readonly first: number;
  readonly second: number;
  /** 1 of exact copies. */
  readonly similarity: number;
}

/** Pairs of rows: all of them counted, some listed. */
export interface CountedPairs {
  readonly count: number;
  readonly listed: readonly RowPair[];
}

/** Exact copies of images. */
export interface Copies {
  /** Later rows with the content of an earlier one in the same use and with the same label. */
  readonly repeats: CountedPairs;
  /** Rows whose content is in two uses. */
  readonly leaks: CountedPairs;
  /** Rows whose content has two labels. */
  readonly conflicts: CountedPairs;
  /** The first row of each content in each use. */
  readonly distinct: readonly number[];
}

/** Near duplicates of images. */
export interface NearDuplicates {
  /** Pairs of near duplicates in one use, or of rows without a use. */
  readonly pairs: CountedPairs;
  /** Pairs of near duplicates in two uses. */
  readonly leaks: CountedPairs;
}

/** Pairs of one kind that are listed. */
export const pairsListedMax = 50;

/**
 * Finds rows with the same content. A content that is in several uses is told of once for each further use, by its first
 * rows there.
 */
export function findCopies(table: DataTable, traits: TableTraits): Copies {
  const firstOf = new Int32Array(traits.contentCount).fill(-1);
  /** Of those that have a use. */
  const firstUsedOf = new Int32Array(traits.contentCount).fill(-1);
  const usesOf = new Uint8Array(traits.contentCount);
  const [copies, leaks, conflicts] = [keepFirst(), keepFirst(), keepFirst()];
  const distinct: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    if (!isSound(table, row)) continue;
    const content = traits.contents[row]!;
    const first = firstOf[content]!;
    const use = 1 << table.useOf[row]!;
    const isNewUse = (usesOf[content]! & use) === 0;
    usesOf[content]! |= use;
    if (isNewUse) distinct.push(row);
    const firstUsed = firstUsedOf[content]!;
    if (firstUsed < 0 && table.useOf[row] !== 0) firstUsedOf[content] = row;
    if (first < 0) {
      firstOf[content] = row;
      continue;
    }
    const pair = { first, second: row, similarity: 1 };
    if (table.labelOf[first] !== table.labelOf[row]) conflicts.add(pair);
    if (isNewUse && firstUsed >= 0 && areDifferentUses(table, firstUsed, row)) {
      leaks.add({ ...pair, first: firstUsed });
    } else if (table.labelOf[first] === table.labelOf[row]) copies.add(pair);
  }
  return {
    repeats: copies.read(),
    leaks: leaks.read(),
    conflicts: conflicts.read(),
    distinct,
  };
}

/** Sorts near duplicates that `visitPairs` tells of into leaks and others; those most alike are listed, one of any two groups. */
export function findNear(
  table: DataTable,
  { contents }: Pick<TableTraits, 'contents'>,
  visitPairs: (visit: VisitPair) => void,
): NearDuplicates {
  const [pairs, leaks] = [keepMostAlike(table), keepMostAlike(table)];
  visitPairs((first, second, similarity) => {
    if (contents[first] === contents[second]) return;
    const kept = areDifferentUses(table, first, second) ? leaks : pairs;
    kept.add({ first, second, similarity });
  });
  return { pairs: pairs.read(), leaks: leaks.read() };
}

/** Rows without a use leak nowhere. */
function areDifferentUses({ useOf }: DataTable, first: number, second: number): boolean {
  return useOf[first] !== useOf[second] && useOf[first] !== 0 && useOf[second] !== 0;
}

function keepFirst() {
  const listed: RowPair[] = [];
  let count = 0;
  return {
    add(pair: RowPair) {
      count += 1;
      if (listed.length < pairsListedMax) listed.push(pair);
    },
    read: (): CountedPairs => ({ count, listed }),
  };
}

/** Of the pairs of the same two groups one is listed: thirty frames of a sign would fill any list. */
function keepMostAlike({ groupOf }: Pick<DataTable, 'groupOf'>) {
  let listed: RowPair[] = [];
  let count = 0;
  const cut = () => {
    listed.sort((a, b) => b.similarity - a.similarity || a.first - b.first || a.second - b.second);
    const seen = new Set<string>();
    listed = listed.filter(({ first, second }) => {
      const key = [groupOf[first]!, groupOf[second]!].sort((a, b) => a - b).join();
      return seen.size < pairsListedMax && seen.size < seen.add(key).size;
    });
  };
  return {
    add(pair: RowPair) {
      count += 1;
      listed.push(pair);
      if (listed.length >= 20 * pairsListedMax) cut();
    },
    read(): CountedPairs {
      cut();
      return { count, listed };
    },
  };
}
