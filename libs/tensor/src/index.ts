export { toBytes, toFloat32Array } from './bytes.js';
export { createMatrix, gatherRows, type Matrix, matrixRow, scatterAddRows } from './matrix.js';
export {
  multiply,
  multiplyByTransposed,
  transposeMatrix,
  type WideMatrix,
  widenRows,
} from './matrix-product.js';
