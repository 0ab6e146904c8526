import { createMatrix, type Matrix } from './matrix.js';

/** a A, elements rounded once. */
export function scaleMatrix(a: number, { rows, columns, data }: Matrix): Matrix {
  return createMatrix(
    rows,
    columns,
    data.map((x) => a * x),
  );
}

/**
 * a A + b B, elements rounded once.
 *
 * @throws RangeError if the matrices have not the same number of elements.
 */
export function addScaled(a: number, matrix: Matrix, b: number, other: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  if (other.data.length !== data.length) {
    throw new RangeError(
      `cannot add ${other.rows} x ${other.columns} elements to ${rows} x ${columns}`,
    );
  }
  return createMatrix(
    rows,
    columns,
    data.map((x, i) => a * x + b * other.data[i]!),
  );
}
