import { readFileSync } from 'node:fs';

/**
 * The loops of kernels/parameters.wat over one memory. Pointers are byte offsets, counts elements;
 * both multiples of 16, but for the products of rows.
 */
export interface Kernels {
  squaredNorm(x: number, count: number): number;
  innerProduct(x: number, y: number, count: number): number;
  zero(x: number, count: number): void;
  copy(y: number, x: number, count: number): void;
  scale(x: number, count: number, factor: number): void;
  axpy(y: number, x: number, count: number, factor: number): void;
  lerp(z: number, x: number, y: number, count: number, weight: number): void;
  average(y: number, x: number, count: number, decay: number, rest: number): void;
  /** y <- y + a X; a [rows], X [rows, columns]. */
  addRowProduct(y: number, a: number, x: number, rows: number, columns: number): void;
  /** Y <- Y + a^T x; a [rows], x [columns]. */
  addOuterProduct(y: number, a: number, x: number, rows: number, columns: number): void;
  /** y <- X a; X [rows, columns], a [columns]. */
  multiplyColumn(y: number, x: number, a: number, rows: number, columns: number): void;
  adamw(
    w: number,
    g: number,
    m: number,
    v: number,
    count: number,
    scale: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    keep: number,
    size: number,
    root: number,
    epsilon: number,
  ): void;
  /** The step of `adamw` with decay towards r: w <- w - (size m / (root sqrt(v) + epsilon) + pull (w - r)). */
  adamwTowards(
    w: number,
    r: number,
    g: number,
    m: number,
    v: number,
    count: number,
    scale: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    pull: number,
    size: number,
    root: number,
    epsilon: number,
  ): void;
}

let compiled: WebAssembly.Module | undefined;

/** Binds the kernels (compiled once per process) to a memory. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    readFileSync(new URL('../../gen/parameters.wasm', import.meta.url)),
  );
  const instance = new WebAssembly.Instance(compiled, { engine: { memory } });
  return instance.exports as unknown as Kernels;
}
