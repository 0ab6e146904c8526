import type { Matrix } from './matrix.js';
import { matrixProductKernel } from './matrix-product-kernel.js';
import { type WasmMemory, webAssembly } from './web-assembly.js';

/** A dense row-major float64 matrix [rows, columns]. */
export interface WideMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix of either width. */
export type Factor = Matrix | WideMatrix;

/** The transpose [columns, rows] in float64. */
export function transposeMatrix(matrix: Factor): WideMatrix {
  const { rows, columns, data } = matrix;
  const transposed = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) transposed[j * rows + i] = data[i * columns + j]!;
  }
  return { rows: columns, columns: rows, data: transposed };
}

/**
 * A B^T, in float64; `a` is [m, k], `b` is [n, k].
 *
 * Every element is summed over k in ascending order, whatever else is in the matrices.
 */
export function multiplyByTransposed(a: Factor, b: Factor): WideMatrix {
  return multiply(a, transposeMatrix(b));
}

/**
 * A X, in float64; `a` is [m, k], `x` is [k, n].
 *
 * Every element is summed over k in ascending order, whatever else is in the matrices.
 */
export function multiply(a: Factor, x: Factor): WideMatrix {
  const product = new Float64Array(a.rows * x.columns);
  const depth = a.columns;
  const columns = roundUp(x.columns);
  const panelElements = depth * columns;
  // Rows pass by in blocks, so that what is copied of A and of the product is bounded.
  const blockRows = Math.max(4, 4 * Math.floor(blockElements / (4 * (depth + columns))));
  const rowsMax = Math.min(blockRows, roundUp(a.rows));
  const kernel = loadKernel(panelElements + rowsMax * (depth + columns));
  const elements = new Float64Array(kernel.memory.buffer);
  packPanels(x, elements);
  const at = { a: panelElements, out: panelElements + rowsMax * depth };
  for (let start = 0; start < a.rows; start += rowsMax) {
    const rows = Math.min(rowsMax, a.rows - start);
    elements.set(a.data.subarray(start * depth, (start + rows) * depth), at.a);
    elements.fill(0, at.a + rows * depth, at.a + roundUp(rows) * depth);
    kernel.multiply(8 * at.out, 8 * at.a, 0, roundUp(rows), depth, columns);
    for (let i = 0; i < rows; i += 1) {
      const from = at.out + i * columns;
      product.set(elements.subarray(from, from + x.columns), (start + i) * x.columns);
    }
  }
  return { rows: a.rows, columns: x.columns, data: product };
}

/** Elements of A and of the product that the kernel's memory holds at once: 16 MiB. */
const blockElements = 2 ** 21;
const pageBytes = 65536;

const roundUp = (count: number) => Math.ceil(count / 4) * 4;

/** X by panels of four columns, [n / 4, k, 4]; columns beyond n are 0. */
function packPanels({ rows, columns, data }: Factor, panels: Float64Array): void {
  let to = 0;
  for (let start = 0; start < columns; start += 4) {
    const width = Math.min(4, columns - start);
    for (let k = 0; k < rows; k += 1) {
      const from = k * columns + start;
      for (let c = 0; c < 4; c += 1) panels[to + c] = c < width ? data[from + c]! : 0;
      to += 4;
    }
  }
}

interface Kernel {
  readonly memory: WasmMemory;
  /** Pointers are byte offsets; see kernels/matrix-product.wat. */
  multiply(out: number, a: number, x: number, rows: number, depth: number, columns: number): void;
}

let loaded: Kernel | undefined;

/** The kernel, over a memory of so many elements at least. */
function loadKernel(elements: number): Kernel {
  loaded ??= instantiateKernel();
  const missing = 8 * elements - loaded.memory.buffer.byteLength;
  if (missing > 0) loaded.memory.grow(Math.ceil(missing / pageBytes));
  return loaded;
}

function instantiateKernel(): Kernel {
  const memory = new webAssembly.Memory({ initial: 1 });
  const bytes = Uint8Array.from(atob(matrixProductKernel), (character) => character.charCodeAt(0));
  const module = new webAssembly.Module(bytes);
  const { exports } = new webAssembly.Instance(module, { tensor: { memory } });
  return { memory, multiply: exports['multiply'] as Kernel['multiply'] };
}
