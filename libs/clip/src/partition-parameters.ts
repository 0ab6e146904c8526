import type { ClipConfig, TowerConfig } from './clip-config.js';
import {
  type HeadShape,
  layOutParameters,
  listParameters,
  type ParameterLayout,
  type ParameterShapes,
} from './parameter-layout.js';

/**
 * Which parameters train. Task-dependent heads do, where there are any, unless nothing does.
 *
 * - `full`: every parameter.
 * - `adapters`: a low-rank change of the attention and MLP weights of every block.
 * - `projections`: the two projections into the common space.
 * - `heads`: the task-dependent heads alone.
 * - `none`: nothing; the model only answers.
 */
export const trainableScopes = ['full', 'adapters', 'projections', 'heads', 'none'] as const;
export type TrainableScope = (typeof trainableScopes)[number];

/** What trains, and the sizes of what the model's files do not hold. */
export interface TrainableSettings {
  /** Default `full`. */
  readonly scope?: TrainableScope | undefined;
  readonly heads?: HeadShape | undefined;
  /** Of the scope `adapters`. */
  readonly adapters?: { readonly rank: number } | undefined;
}

/** The parameters that a run changes, and those that it only reads. */
export interface ParameterPartition {
  readonly trainable: ParameterLayout;
  readonly frozen: ParameterLayout;
}

/** The linear layers of a block that have an adapter. */
export const adaptedLayers = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.out_proj',
  'mlp.fc1',
  'mlp.fc2',
] as const;

/** Name of a factor of a linear layer's adapter: W + scale B A. */
export function nameAdapter(layer: string, factor: 'A' | 'B'): string {
  return `${layer}.adapter.${factor}`;
}

/**
 * Divides a model's parameters. Each part is in the order of {@link createParameterLayout}; adapters are
 * `<layer>.adapter.A` [rank, inputs] and `<layer>.adapter.B` [outputs, rank].
 *
 * @throws RangeError if the scope needs heads or adapters and their sizes are not given.
 */
export function partitionParameters(
  config: ClipConfig,
  { scope = 'full', heads, adapters }: TrainableSettings,
): ParameterPartition {
  const all = listParameters(config, heads);
  const trains = ([name]: ParameterShapes[number]) =>
    scope === 'full' ||
    (scope !== 'none' && name.startsWith('heads.')) ||
    (scope === 'projections' && /^(visual|text)_projection[.]/.test(name));
  const trainable = all.filter(trains);
  if (scope === 'adapters') {
    if (adapters === undefined) throw new RangeError('the scope adapters needs their rank');
    trainable.unshift(...listAdapters(config, adapters.rank));
  }
  if (trainable.length === 0 && scope !== 'none')
    throw new RangeError(`the scope ${scope} has nothing to train`);
  return {
    trainable: layOutParameters(trainable),
    frozen: layOutParameters(all.filter((parameter) => !trains(parameter))),
  };
}

function listAdapters({ vision, text }: ClipConfig, rank: number): ParameterShapes {
  const tower = (name: string, { layers, width, mlpWidth }: TowerConfig) =>
    Array.from({ length: layers }, (_, layer) =>
      adaptedLayers.flatMap((linear): ParameterShapes => {
        const path = `${name}.encoder.layers.${layer}.${linear}`;
        return [
          [nameAdapter(path, 'A'), [rank, linear === 'mlp.fc2' ? mlpWidth : width]],
          [nameAdapter(path, 'B'), [linear === 'mlp.fc1' ? mlpWidth : width, rank]],
        ];
      }),
    ).flat();
  return [...tower('vision_model', vision), ...tower('text_model', text)];
}
