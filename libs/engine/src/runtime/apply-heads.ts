import { Fault } from '@holdfast/fault';
import type { ArrayName, GradientArray } from '../memory/array-name.js';
import type { ParameterLocation, ParameterStore } from '../memory/parameter-store.js';

/** Rows under heads A [heads, width, rank] and B [heads, rank, size], and what is computed of them. */
export interface HeadRows {
  readonly rank: number;
  /** [rows]; -1 for none. */
  readonly heads: Int32Array;
  /** r, [rows, width]. */
  readonly features: Float32Array;
  /** r A, [rows, rank]; kept for the way back. */
  readonly inner: Float32Array;
}

/**
 * h = (r A) B of each row's head, 0 without one: `changes`, [rows, size]. Fills `inner`.
 *
 * The factors are multiplied where they lie. A row's own factors are used once, so that a matrix product
 * over gathered ones would mostly copy.
 */
export function applyHeads(
  store: ParameterStore,
  array: ArrayName,
  { rank, heads, features, inner, changes }: HeadRows & { readonly changes: Float32Array },
): void {
  const width = features.length / heads.length;
  const size = changes.length / heads.length;
  const A = createWork(store.locate(array, 'heads.A'));
  const B = createWork(store.locate(array, 'heads.B'));
  changes.fill(0);
  inner.fill(0);
  for (const [row, head] of heads.entries()) {
    if (head < 0) continue;
    const r = A.put(features.subarray(row * width, (row + 1) * width));
    const t = inner.subarray(row * rank, (row + 1) * rank);
    const t1 = A.put(t, width);
    A.kernels.addRowProduct(t1, r, A.pointer + 4 * head * width * rank, width, rank);
    A.take(t, width);
    const h = changes.subarray(row * size, (row + 1) * size);
    const h1 = B.put(h, rank);
    B.kernels.addRowProduct(h1, B.put(t), B.pointer + 4 * head * rank * size, rank, size);
    B.take(h, rank);
  }
}

/**
 * Adds the gradients of {@link applyHeads} with the weights of `array` to the array `target`, row by row:
 *
 *   dB += (r A)^T dh,   dA += r^T (dh B^T)
 *
 * `changes` is dh.
 */
export function addHeadGradients(
  store: ParameterStore,
  array: ArrayName,
  target: GradientArray,
  { rank, heads, features, inner, changes }: HeadRows & { readonly changes: Float32Array },
): void {
  const width = features.length / heads.length;
  const size = changes.length / heads.length;
  const B = createWork(store.locate(array, 'heads.B'));
  const dA = createWork(store.locate(target, 'heads.A'));
  const dB = createWork(store.locate(target, 'heads.B'));
  const dt = new Float32Array(rank);
  for (const [row, head] of heads.entries()) {
    if (head < 0) continue;
    const atB = 4 * head * rank * size;
    const dh = B.put(changes.subarray(row * size, (row + 1) * size));
    const t = B.put(inner.subarray(row * rank, (row + 1) * rank), size);
    dB.kernels.addOuterProduct(dB.pointer + atB, t, dh, rank, size);
    B.kernels.multiplyColumn(B.place(size), B.pointer + atB, dh, rank, size);
    B.take(dt, size);
    const r = dA.put(features.subarray(row * width, (row + 1) * width));
    const dt1 = dA.put(dt, width);
    dA.kernels.addOuterProduct(dA.pointer + 4 * head * width * rank, r, dt1, width, rank);
  }
}

/** Kernels over the memory in which a parameter lies, and the place for rows there. */
function createWork({ bank: { kernels, scratch }, pointer }: ParameterLocation) {
  const place = (at: number) => scratch.byteOffset + 4 * at;
  return {
    kernels,
    pointer,
    place,
    /** Copies a row in; answers its pointer. */
    put(row: Float32Array, at = 0): number {
      if (at + row.length > scratch.length) {
        throw new Fault('exhausted', `rows of ${at + row.length} elements are too long for heads`);
      }
      scratch.set(row, at);
      return place(at);
    },
    /** Copies a row out. */
    take(row: Float32Array, at: number): void {
      row.set(scratch.subarray(at, at + row.length));
    },
  };
}
