import type { Problems } from './problems.js';
import { roleNames } from './sample.js';
import { splitWords } from './split.js';

/** Words that a column does not know, each reported once, by its first row. */
export interface UnknownWords {
  add(place: string, column: 'role' | 'split', word: string): void;
  report(): void;
}

/** Collects the unknown words of a manifest. */
export function createUnknownWords(problems: Problems): UnknownWords {
  const known = {
    role: `${roleNames.join(', ')}, joined by +`,
    split: splitWords.join(', '),
  };
  const seen = new Map<
    string,
    { place: string; column: 'role' | 'split'; word: string; count: number }
  >();
  return {
    add(place, column, word) {
      const key = `${column} ${word}`;
      const first = seen.get(key) ?? { place, column, word, count: 0 };
      seen.set(key, { ...first, count: first.count + 1 });
    },
    report() {
      for (const { place, column, word, count } of seen.values()) {
        const rows = `${count - 1} more row${count === 2 ? '' : 's'}`;
        const others = count === 1 ? '' : ` (here and in ${rows})`;
        problems.add(
          place,
          `the ${column} ${JSON.stringify(word)} is not known${others}; known are ${known[column]}`,
        );
      }
    },
  };
}
