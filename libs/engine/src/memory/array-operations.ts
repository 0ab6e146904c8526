import type { ArrayName } from './array-name.js';
import { type ArraySum, visitSum } from './array-sum.js';
import type { ParameterStore } from './parameter-store.js';

/** One AdamW step's numbers. */
export interface AdamwStep {
  /** Steps taken after this one, from 1: the t of the bias corrections. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Where decay pulls the weights; default: `zero`. */
  readonly decayTowards?: 'zero' | 'reference' | undefined;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Factor of the gradient: 1, or what clipping leaves. */
  readonly gradientScale: number;
  /** g; default: the array `gradient`. */
  readonly gradient?: ArraySum;
}

/** Sum of squares of an array, or of a sum of arrays, in float64 and fixed order. */
export function computeSquaredNorm(store: ParameterStore, arrays: ArraySum): number {
  let sum = 0;
  for (const bank of store.banks) {
    visitSum(bank, arrays, (piece, _, count) => {
      sum += bank.kernels.squaredNorm(piece, count);
    });
  }
  return sum;
}

/** sum_i x_i y_i, in float64 and fixed order. */
export function computeInnerProduct(
  store: ParameterStore,
  { x, y }: { readonly x: ArrayName; readonly y: ArrayName },
): number {
  let sum = 0;
  for (const { kernels, pointer, length } of store.banks) {
    sum += kernels.innerProduct(pointer(x), pointer(y), length);
  }
  return sum;
}

/** array <- 0 */
export function zeroArray(store: ParameterStore, array: ArrayName): void {
  for (const bank of store.banks) bank.kernels.zero(bank.pointer(array), bank.length);
  store.touch(array);
}

/** to <- from, which then stands for the same. */
export function copyArray(store: ParameterStore, from: ArrayName, to: ArrayName): void {
  const version = store.version(from);
  for (const { kernels, pointer, length } of store.banks) {
    kernels.copy(pointer(to), pointer(from), length);
  }
  store.touch(to);
  store.setVersion(to, version);
}

/** array <- factor array */
export function scaleArray(store: ParameterStore, array: ArrayName, factor: number): void {
  for (const { kernels, pointer, length } of store.banks) {
    kernels.scale(pointer(array), length, factor);
  }
  store.touch(array);
}

/** to <- to + factor from */
export function addArray(
  store: ParameterStore,
  { from, to, factor }: { from: ArrayName; to: ArrayName; factor: number },
): void {
  for (const { kernels, pointer, length } of store.banks) {
    kernels.axpy(pointer(to), pointer(from), length, factor);
  }
  store.touch(to);
}

/** target <- from + weight (to - from); a weight of 1 copies `to`, bit for bit. */
export function interpolateArrays(
  store: ParameterStore,
  {
    from,
    to,
    target,
    weight,
  }: { from: ArrayName; to: ArrayName; target: ArrayName; weight: number },
): void {
  if (weight === 1) {
    copyArray(store, to, target);
    return;
  }
  for (const { kernels, pointer, length } of store.banks) {
    kernels.lerp(pointer(target), pointer(from), pointer(to), length, weight);
  }
  store.touch(target);
}

/** average <- decay average + (1 - decay) parameters, as of the steps that those have. */
export function updateAverage(store: ParameterStore, decay: number): void {
  for (const { kernels, pointer, length } of store.banks) {
    kernels.average(pointer('average'), pointer('parameters'), length, decay, 1 - decay);
  }
  store.touch('average');
  store.setVersion('average', store.version('parameters'));
}

/**
 * AdamW with decoupled decay on every parameter:
 *
 *   g <- gradientScale gradient
 *   m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
 *   w <- (1 - learningRate weightDecay) w - learningRate mhat / (sqrt(vhat) + epsilon)
 *
 * with mhat = m / (1 - beta1^step), vhat = v / (1 - beta2^step). With decay towards the reference
 *
 *   w <- w - learningRate (mhat / (sqrt(vhat) + epsilon) + weightDecay (w - reference))
 *
 * float32; the factors are computed in float64 and rounded once.
 * Sources: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019; towards the reference: L2-SP of Li, Grandvalet
 * and Davoine, 2018 (arXiv 1802.01483), decoupled likewise.
 */
export function applyAdamw(store: ParameterStore, options: AdamwStep): void {
  const { step, learningRate, weightDecay, beta1, beta2, epsilon, gradientScale } = options;
  const { gradient = { array: 'gradient' }, decayTowards = 'zero' } = options;
  const decay = learningRate * weightDecay;
  const size = learningRate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  for (const bank of store.banks) {
    visitSum(bank, gradient, (piece, start, count) => {
      const at = (array: ArrayName) => bank.pointer(array) + 4 * start;
      const [w, m, v] = [at('parameters'), at('moment1'), at('moment2')];
      const moments = [gradientScale, beta1, 1 - beta1, beta2, 1 - beta2] as const;
      const change = [size, root, epsilon] as const;
      if (decayTowards === 'zero') {
        bank.kernels.adamw(w, piece, m, v, count, ...moments, 1 - decay, ...change);
      } else {
        const r = at('reference');
        bank.kernels.adamwTowards(w, r, piece, m, v, count, ...moments, decay, ...change);
      }
    });
  }
  for (const array of ['parameters', 'moment1', 'moment2'] as const) {
    store.touch(array);
    store.setVersion(array, step);
  }
}
