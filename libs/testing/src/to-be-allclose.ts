import { expect } from 'vitest';

/** How far numbers may be from what is expected: |actual - expected| <= atol + rtol |expected|. */
export interface Tolerance {
  /** Relative tolerance. */
  readonly rtol?: number;
  /** Absolute tolerance, in the units of the numbers. */
  readonly atol?: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: must repeat vitest's own declaration to extend it
  interface Matchers<T = any> {
    /** Every element within `atol + rtol |expected|`; NaN equals NaN, infinities equal themselves. */
    toBeAllclose(expected: ArrayLike<number> | number, tolerance?: Tolerance): T;
  }
}

interface WorstElement {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  readonly excess: number;
}

const defaultTolerance = { rtol: 1e-6, atol: 0 };

/** How many times the allowed distance two numbers are apart; above 1 is too far. */
function excessOf(actual: number, expected: number, rtol: number, atol: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const allowed = atol + rtol * Math.abs(expected);
  const distance = Math.abs(actual - expected);
  if (Number.isNaN(distance) || distance === Infinity) return Infinity;
  return allowed > 0 ? distance / allowed : Infinity;
}

/** The element that is furthest out of tolerance, and how many are. */
function findWorst(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol, atol }: Required<Tolerance>,
): { worst: WorstElement | undefined; outside: number } {
  let worst: WorstElement | undefined;
  let outside = 0;
  for (let index = 0; index < expected.length; index += 1) {
    const [a, e] = [actual[index]!, expected[index]!];
    const excess = excessOf(a, e, rtol, atol);
    if (excess > 1) outside += 1;
    if (worst === undefined || excess > worst.excess) {
      worst = { index, actual: a, expected: e, excess };
    }
  }
  return { worst, outside };
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return (
    (Array.isArray(value) && value.every((item) => typeof item === 'number')) ||
    (ArrayBuffer.isView(value) && 'length' in value && !(value instanceof BigInt64Array))
  );
}

function describe(worst: WorstElement, outside: number, length: number, tolerance: Tolerance) {
  const distance = Math.abs(worst.actual - worst.expected);
  const relative = distance / Math.abs(worst.expected);
  return [
    `${outside} of ${length} elements differ by more than atol ${tolerance.atol} + rtol ${tolerance.rtol} |expected|`,
    `worst: [${worst.index}] is ${worst.actual}, expected ${worst.expected}`,
    `difference ${distance.toExponential(3)}, relative ${relative.toExponential(3)}, ${worst.excess.toPrecision(3)} times what is allowed`,
  ].join('\n');
}

/** Compares numbers element by element; the matcher `toBeAllclose` of vitest's `expect`. */
export function compareAllclose(
  received: unknown,
  expected: ArrayLike<number> | number,
  tolerance: Tolerance = {},
): { readonly pass: boolean; readonly message: () => string } {
  const actual = typeof received === 'number' ? [received] : received;
  const wanted = typeof expected === 'number' ? [expected] : expected;
  if (!isNumbers(actual)) {
    return { pass: false, message: () => `expected numbers, got ${typeof received}` };
  }
  if (actual.length !== wanted.length) {
    const message = `expected ${wanted.length} elements, got ${actual.length}`;
    return { pass: false, message: () => message };
  }
  const limits = { ...defaultTolerance, ...tolerance };
  const { worst, outside } = findWorst(actual, wanted, limits);
  if (worst === undefined || outside === 0) {
    const message = `all ${wanted.length} elements are within tolerance, expected some not to be`;
    return { pass: true, message: () => message };
  }
  return { pass: false, message: () => describe(worst, outside, wanted.length, limits) };
}

expect.extend({ toBeAllclose: compareAllclose });
