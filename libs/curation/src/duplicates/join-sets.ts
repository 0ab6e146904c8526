/** Sets of rows that belong together, joined pair by pair. */
export interface JoinedSets {
  join(a: number, b: number): void;
  /** The first row of a row's set. */
  find(row: number): number;
}

/** Makes sets of one row each (union-find with path halving; a set is named by its first row). */
export function createSets(rows: number): JoinedSets {
  const parents = Uint32Array.from({ length: rows }, (_, row) => row);
  const find = (row: number): number => {
    let at = row;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  return {
    find,
    join(a, b) {
      const [first, second] = [find(a), find(b)];
      if (first < second) parents[second] = first;
      else parents[first] = second;
    },
  };
}
