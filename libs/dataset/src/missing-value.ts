import { compareText, listSome } from './compare-text.js';

/** What programs write where a value is missing; pandas reads the same words as missing. */
const missingWords = new Set([
  '',
  'nan',
  '-nan',
  'none',
  'null',
  'nil',
  'n/a',
  'na',
  '#n/a',
  '<na>',
]);

/** Whether a cell stands for no value. */
export function isMissing(cell: string): boolean {
  return missingWords.has(cell.toLowerCase());
}

/** Rows without a group in a manifest that has groups. */
export interface MissingGroups {
  add(word: string): void;
  describe(rowCount: number): string[];
}

/** Counts the rows without a group. */
export function createMissingGroups(): MissingGroups {
  const words = new Set<string>();
  let count = 0;
  return {
    add(word) {
      count += 1;
      words.add(word === '' ? 'empty' : JSON.stringify(word));
    },
    describe(rowCount) {
      if (count === 0) return [];
      const named = listSome([...words].sort(compareText));
      return [
        `${count} of ${rowCount} rows ${count === 1 ? 'names' : 'name'} no group (${named}); each of these images is its own group`,
      ];
    },
  };
}
