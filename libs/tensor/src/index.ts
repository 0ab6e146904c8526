export { toBytes, toFloat32Array } from './bytes.js';
export { drawUnitRows } from './draw-unit-rows.js';
export {
  createMatrix,
  gatherRows,
  type Matrix,
  matrixRow,
  scatterAddRows,
  selectRows,
} from './matrix.js';
export {
  multiply,
  multiplyByTransposed,
  transposeMatrix,
  type WideMatrix,
} from './matrix-product.js';
export { addScaled, scaleMatrix } from './scaled-sums.js';
