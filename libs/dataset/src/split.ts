/** The parts that a data set came divided into, where its manifest has a column `split`. */
export type Split = 'train' | 'val' | 'test';

const splitOfWord: ReadonlyMap<string, Split> = new Map([
  ...['train', 'training'].map((word) => [word, 'train'] as const),
  ...['val', 'valid', 'validation', 'dev'].map((word) => [word, 'val'] as const),
  ...['test', 'testing'].map((word) => [word, 'test'] as const),
]);

/** Words that {@link parseSplit} knows. */
export const splitWords: readonly string[] = [...splitOfWord.keys()];

/** The part that a cell names; undefined if it is none. */
export function parseSplit(cell: string): Split | undefined {
  return splitOfWord.get(cell.toLowerCase());
}
