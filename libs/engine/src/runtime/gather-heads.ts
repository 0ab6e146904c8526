/** Copies each row's own factor out of a table [heads, ...]; rows of head -1 become 0. */
export function gatherHeads(table: Float32Array, heads: Int32Array, rows: Float32Array): void {
  const size = rows.length / heads.length;
  for (let row = 0; row < heads.length; row += 1) {
    const head = heads[row]!;
    if (head < 0) rows.fill(0, row * size, (row + 1) * size);
    else rows.set(table.subarray(head * size, (head + 1) * size), row * size);
  }
}

/** Adds each row's gradient to its head's, in the order of the rows. */
export function scatterHeadGradients(
  table: Float32Array,
  heads: Int32Array,
  rows: Float32Array,
): void {
  const size = rows.length / heads.length;
  for (let row = 0; row < heads.length; row += 1) {
    const to = heads[row]! * size;
    if (to < 0) continue;
    const from = row * size;
    for (let i = 0; i < size; i += 1) table[to + i]! += rows[from + i]!;
  }
}
