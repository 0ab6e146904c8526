import { Fault } from '@holdfast/fault';
import type { ArrayName, GradientArray } from './array-name.js';
import type { Bank, ParameterStore } from './parameter-store.js';

/** Inner products, each a sum in float64. */
export interface GradientProducts {
  /** [kept]: of an array with each kept gradient. */
  readonly withArray: readonly number[];
  /** [kept][kept], symmetric: of the kept gradients with each other. */
  readonly amongKept: readonly (readonly number[])[];
}

/** Gradients of one step that are held side by side, outside the memories of the arrays. */
export interface KeptGradients {
  /** kept[index] <- from */
  keep(from: GradientArray, index: number): void;
  /** Products of the first `count`, which must stand for `version`. */
  multiply(asked: { array: ArrayName; version: number; count: number }): GradientProducts;
  /** array <- sum_k weights[k] kept[k] */
  combine(array: GradientArray, weights: readonly number[]): void;
}

/**
 * Room for gradients of a store's length. Kernels read them a piece at a time through each bank's scratch memory.
 *
 * @throws Fault `exhausted` where they would take more than `bytesMax`.
 */
export function createKeptGradients(
  store: ParameterStore,
  { count, bytesMax }: { readonly count: number; readonly bytesMax: number },
): KeptGradients {
  const { length } = store.layout;
  const bytes = 4 * length * count;
  if (bytes > bytesMax) {
    throw new Fault(
      'exhausted',
      `${count} gradients of ${length} parameters take ${toGib(bytes)} of memory, and the engine may take ${toGib(bytesMax)} (--memory) for them: hold fewer tasks a step (training.tasksPerStep), train less (training.scope), or use constraints.combine: projection, which keeps one`,
    );
  }
  const kept = Array.from({ length: count }, () => new Float32Array(length));
  const versions: (number | undefined)[] = kept.map(() => undefined);

  function keep(from: GradientArray, index: number): void {
    const target = requireIndex(kept, index);
    store.visit(from, { offset: 0, count: length }, (part, at) => target.set(part, at));
    versions[index] = store.version(from);
  }

  function requireVersions(version: number, used: number): readonly Float32Array[] {
    if (used > 0) requireIndex(kept, used - 1);
    const stale = versions.slice(0, used).findIndex((stands) => stands !== version);
    if (stale < 0) return kept.slice(0, used);
    throw new Fault(
      'out-of-step',
      `kept gradient ${stale} stands for ${versions[stale] ?? 'nothing'}, not for ${version}: keep that of this step first`,
    );
  }

  function multiply(asked: { array: ArrayName; version: number; count: number }): GradientProducts {
    const used = requireVersions(asked.version, asked.count);
    const withArray = used.map(() => 0);
    const amongKept = used.map(() => used.map(() => 0));
    for (const bank of store.banks) {
      const whole = bank.pointer(asked.array);
      visitPieces(bank, (start, pieceLength, [x, y]) => {
        used.forEach((gradient, i) => {
          const from = bank.start + start;
          const load = (place: Float32Array, source: Float32Array) =>
            place.set(source.subarray(from, from + pieceLength));
          const product = (other: number) =>
            bank.kernels.innerProduct(x.byteOffset, other, pieceLength);
          load(x, gradient);
          withArray[i]! += product(whole + 4 * start);
          amongKept[i]![i]! += product(x.byteOffset);
          for (let j = 0; j < i; j += 1) {
            load(y, used[j]!);
            amongKept[i]![j]! += product(y.byteOffset);
          }
        });
      });
    }
    amongKept.forEach((row, i) => {
      for (let j = 0; j < i; j += 1) amongKept[j]![i] = row[j]!;
    });
    return { withArray, amongKept };
  }

  function combine(array: GradientArray, weights: readonly number[]): void {
    const version = store.version(array);
    if (weights.length > 0) requireIndex(kept, weights.length - 1);
    for (const bank of store.banks) {
      const target = bank.pointer(array);
      bank.kernels.zero(target, bank.length);
      visitPieces(bank, (start, pieceLength, [x]) => {
        weights.forEach((weight, k) => {
          if (weight === 0) return;
          const from = bank.start + start;
          x.set(kept[k]!.subarray(from, from + pieceLength));
          bank.kernels.axpy(target + 4 * start, x.byteOffset, pieceLength, weight);
        });
      });
    }
    store.touch(array);
    store.setVersion(array, version);
  }

  return { keep, multiply, combine };
}

/** @throws Fault `precondition` if none were reserved. */
export function requireKept(kept: KeptGradients | undefined, runId: string): KeptGradients {
  if (kept !== undefined) return kept;
  throw new Fault('precondition', `run ${runId} keeps no gradients: reserve some first`);
}

/** Calls `use` with each piece of a bank, and two places in scratch memory that hold one. */
function visitPieces(
  { scratch, length }: Bank,
  use: (start: number, count: number, places: readonly [Float32Array, Float32Array]) => void,
): void {
  const half = scratch.length / 2;
  const places = [scratch.subarray(0, half), scratch.subarray(half)] as const;
  for (let start = 0; start < length; start += half) {
    use(start, Math.min(half, length - start), places);
  }
}

function requireIndex(kept: readonly Float32Array[], index: number): Float32Array {
  const found = kept[index];
  if (found !== undefined) return found;
  throw new Fault(
    'invalid',
    `there is no kept gradient ${index}: ${kept.length} were reserved, from 0`,
  );
}

const toGib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
