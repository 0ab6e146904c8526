/** A dense row-major float32 matrix [rows, columns]. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * Makes a matrix of zeros, or over existing data.
 *
 * @throws RangeError if `data` does not have rows x columns elements.
 */
export function createMatrix(rows: number, columns: number, data?: Float32Array): Matrix {
  const elements = data ?? new Float32Array(rows * columns);
  if (elements.length !== rows * columns) {
    throw new RangeError(`expected ${rows} x ${columns} elements, got ${elements.length}`);
  }
  return { rows, columns, data: elements };
}

/** One row as a view; writing to it writes to the matrix. */
export function matrixRow(matrix: Matrix, row: number): Float32Array {
  return matrix.data.subarray(row * matrix.columns, (row + 1) * matrix.columns);
}

/** The given rows, in order: a view where they follow one another, else a copy. Not to be written to. */
export function selectRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const first = rows[0] ?? 0;
  for (let i = 1; i < rows.length; i += 1) {
    if (rows[i] !== first + i) return gatherRows(matrix, rows);
  }
  const { columns, data } = matrix;
  const view = data.subarray(first * columns, (first + rows.length) * columns);
  return createMatrix(rows.length, columns, view);
}

/** Copies the given rows, in order, into a matrix of their own. */
export function gatherRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const gathered = createMatrix(rows.length, matrix.columns);
  for (let i = 0; i < rows.length; i += 1) {
    gathered.data.set(matrixRow(matrix, rows[i]!), i * matrix.columns);
  }
  return gathered;
}

/** Adds row i of `source` to row `rows[i]` of `target`, in order of i. */
export function scatterAddRows(target: Matrix, rows: ArrayLike<number>, source: Matrix): void {
  for (let i = 0; i < rows.length; i += 1) {
    const to = matrixRow(target, rows[i]!);
    const from = matrixRow(source, i);
    for (let j = 0; j < to.length; j += 1) to[j]! += from[j]!;
  }
}
