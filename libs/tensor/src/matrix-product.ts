import { type Matrix, matrixRow } from './matrix.js';

/** A dense row-major float64 matrix [rows, columns]. */
export interface WideMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** The given rows, in order, in float64. */
export function widenRows(matrix: Matrix, rows: ArrayLike<number>): WideMatrix {
  const { columns } = matrix;
  const data = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i += 1) data.set(matrixRow(matrix, rows[i]!), i * columns);
  return { rows: rows.length, columns, data };
}

/** The transpose [columns, rows] in float64. */
export function transposeMatrix(matrix: {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}): WideMatrix {
  const { rows, columns, data } = matrix;
  const transposed = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) transposed[j * rows + i] = data[i * columns + j]!;
  }
  return { rows: columns, columns: rows, data: transposed };
}

/**
 * A B^T, in float64.
 *
 * Shapes: `a` is [m, k], `b` is [n, k], the product is [m, n]. Works on blocks of 4 x 2, so that a number
 * read serves several products; every element is summed over k in ascending order whatever its block.
 */
export function multiplyByTransposed(a: WideMatrix, b: WideMatrix): WideMatrix {
  const product = new Float64Array(a.rows * b.rows);
  const blockRows = a.rows - (a.rows % 4);
  const blockColumns = b.rows - (b.rows % 2);
  for (let i = 0; i < blockRows; i += 4) {
    for (let j = 0; j < blockColumns; j += 2) multiplyBlock(a, b, product, i, j);
    if (blockColumns < b.rows) {
      for (let r = i; r < i + 4; r += 1) multiplyElement(a, b, product, r, blockColumns);
    }
  }
  for (let i = blockRows; i < a.rows; i += 1) {
    for (let j = 0; j < b.rows; j += 1) multiplyElement(a, b, product, i, j);
  }
  return { rows: a.rows, columns: b.rows, data: product };
}

function multiplyElement(
  a: WideMatrix,
  b: WideMatrix,
  product: Float64Array,
  i: number,
  j: number,
): void {
  const depth = a.columns;
  let sum = 0;
  for (let k = 0; k < depth; k += 1) sum += a.data[i * depth + k]! * b.data[j * depth + k]!;
  product[i * b.rows + j] = sum;
}

function multiplyBlock(
  a: WideMatrix,
  b: WideMatrix,
  product: Float64Array,
  i: number,
  j: number,
): void {
  const depth = a.columns;
  const [left, right] = [a.data, b.data];
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  let at = i * depth;
  let to = j * depth;
  for (let k = 0; k < depth; k += 1) {
    const b0 = right[to]!;
    const b1 = right[to + depth]!;
    const a0 = left[at]!;
    const a1 = left[at + depth]!;
    const a2 = left[at + 2 * depth]!;
    const a3 = left[at + 3 * depth]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s30 += a3 * b0;
    s31 += a3 * b1;
    at += 1;
    to += 1;
  }
  const columns = b.rows;
  let out = i * columns + j;
  product[out] = s00;
  product[out + 1] = s01;
  out += columns;
  product[out] = s10;
  product[out + 1] = s11;
  out += columns;
  product[out] = s20;
  product[out + 1] = s21;
  out += columns;
  product[out] = s30;
  product[out + 1] = s31;
}
