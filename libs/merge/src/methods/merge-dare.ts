import type { Random } from '@holdfast/random';
import { checkTaskVectors, type TaskVectors } from './task-vectors.js';

/** What DARE wants to know beside the task vectors. */
export interface DareSettings {
  /** Chance of an element to be kept, above 0 and at most 1: one less the paper's drop rate p. */
  readonly density: number;
  /** Of each model, a stream of its own: an element is kept where its uniform number is below the density. */
  readonly randoms: readonly Pick<Random, 'uniform'>[];
}

/**
 * DARE, drop and rescale: `w = w_old + lambda sum_i c_i m_i (w_i - w_old) / density`, where each element of the mask
 * m_i is 1 with chance `density`, else 0, so that the expected task vector stays. In float64 and the order of the models.
 *
 * Source: Yu et al., Language Models are Super Mario, arXiv 2311.03099, section 3.
 */
export function mergeDare(vectors: TaskVectors, { density, randoms }: DareSettings): Float32Array {
  checkTaskVectors(vectors);
  const { base, models, weights, scale } = vectors;
  const merged = new Float32Array(base.length);
  for (let at = 0; at < base.length; at += 1) {
    const old = base[at]!;
    let sum = 0;
    for (let i = 0; i < models.length; i += 1) {
      const isKept = randoms[i]!.uniform() < density;
      if (isKept) sum += (weights[i]! * (models[i]![at]! - old)) / density;
    }
    merged[at] = old + scale * sum;
  }
  return merged;
}
