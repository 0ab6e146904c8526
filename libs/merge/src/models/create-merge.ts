import { createRandom } from '@holdfast/random';
import { measureDepth, type TowerLayers } from '../methods/measure-depth.js';
import { mergeDare } from '../methods/merge-dare.js';
import { mergeLinear } from '../methods/merge-linear.js';
import { mergeTies } from '../methods/merge-ties.js';
import type { MergeNumbers } from './check-numbers.js';
import type { ReadParameter } from './read-batch.js';

/** What a merge knows of the whole model. */
export interface MergeContext extends MergeNumbers {
  readonly layers: TowerLayers;
  /** Of ties: the smallest magnitude that each model keeps. */
  readonly thresholds: readonly number[];
}

/** The merged values of a parameter. */
export type MergeParameter = (parameter: ReadParameter) => Float32Array;

/** How every parameter is merged by the method. */
export function createMerge({
  method,
  weights,
  scale,
  layers,
  thresholds,
}: MergeContext): MergeParameter {
  switch (method.name) {
    case 'linear':
      return ({ base, models }) => mergeLinear({ base, models, weights, scale });
    case 'ties':
      return ({ base, models }) => mergeTies({ base, models, weights, scale }, thresholds);
    case 'dare':
      return ({ index, base, models }) => {
        // A stream for each model and parameter: the order in which files hold them does not matter.
        const randoms = weights.map((_, i) => createRandom(method.seed, i, index));
        return mergeDare({ base, models, weights, scale }, { density: method.density, randoms });
      };
    case 'lines':
      return ({ entry, base, models }) => {
        const factor = method.alpha + method.beta * measureDepth(entry.name, layers);
        return mergeLinear({ base, models, weights, scale: scale * factor });
      };
  }
}
