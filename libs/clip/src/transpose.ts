/** The transpose of a row-major matrix of the given rows and columns, in memory of its own. */
export function transpose(
  matrix: Float32Array,
  [rows, columns]: readonly [rows: number, columns: number],
): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) result[j * rows + i] = matrix[i * columns + j]!;
  }
  return result;
}
