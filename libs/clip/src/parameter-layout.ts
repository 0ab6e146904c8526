import type { ClipConfig, TowerConfig } from './clip-config.js';

/** One parameter of the model. */
export interface ParameterEntry {
  /** Name of the tensor in a Hugging Face CLIP file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat array. */
  readonly offset: number;
  /** Elements. */
  readonly size: number;
}

/** Where each parameter lies in one flat array. */
export interface ParameterLayout {
  readonly entries: readonly ParameterEntry[];
  /** Elements of the flat array, padding included. */
  readonly length: number;
  /** Elements of all parameters, without padding. */
  readonly count: number;
  /** @throws RangeError if there is no such parameter. */
  get(name: string): ParameterEntry;
}

/** Task-dependent text heads: W + A_h B_h for head h. */
export interface HeadShape {
  readonly count: number;
  readonly rank: number;
}

/** Every parameter starts at a multiple of this: 64 bytes, a cache line. */
const alignmentElements = 16;

/** Parameters by name, in order. */
export type ParameterShapes = [name: string, shape: number[]][];

/**
 * Lays out every parameter of a model in one flat float32 array.
 *
 * The order is that of the forward pass; the three weights of an attention (q, k, v), and their
 * biases, follow one another. `logit_scale` and the position ids are not in it: they do not train.
 * Heads are `heads.A` [count, text width, rank] and `heads.B` [count, rank, projection].
 */
export function createParameterLayout(config: ClipConfig, heads?: HeadShape): ParameterLayout {
  return layOutParameters(listParameters(config, heads));
}

/** Every parameter of a model that can train, in the order of {@link createParameterLayout}. */
export function listParameters(config: ClipConfig, heads?: HeadShape): ParameterShapes {
  const { vision, text, projectionSize } = config;
  const shapes: ParameterShapes = [
    ...listVisionEmbeddings(config),
    ...listNorm('vision_model.pre_layrnorm', vision.width),
    ...listBlocks('vision_model', vision),
    ...listNorm('vision_model.post_layernorm', vision.width),
    ['visual_projection.weight', [projectionSize, vision.width]],
    ['text_model.embeddings.token_embedding.weight', [text.vocabularySize, text.width]],
    ['text_model.embeddings.position_embedding.weight', [text.contextLength, text.width]],
    ...listBlocks('text_model', text),
    ...listNorm('text_model.final_layer_norm', text.width),
    ['text_projection.weight', [projectionSize, text.width]],
  ];
  if (heads !== undefined && heads.count > 0) {
    shapes.push(['heads.A', [heads.count, text.width, heads.rank]]);
    shapes.push(['heads.B', [heads.count, heads.rank, projectionSize]]);
  }
  return shapes;
}

function listVisionEmbeddings({ vision }: ClipConfig): ParameterShapes {
  const { width, channels, patchSize, imageSize } = vision;
  const positions = (imageSize / patchSize) ** 2 + 1;
  return [
    ['vision_model.embeddings.class_embedding', [width]],
    ['vision_model.embeddings.patch_embedding.weight', [width, channels, patchSize, patchSize]],
    ['vision_model.embeddings.position_embedding.weight', [positions, width]],
  ];
}

function listBlocks(tower: string, { layers, width, mlpWidth }: TowerConfig): ParameterShapes {
  return Array.from({ length: layers }, (_, layer): ParameterShapes => {
    const block = `${tower}.encoder.layers.${layer}`;
    const attention = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${block}.self_attn.${name}`);
    return [
      ...listNorm(`${block}.layer_norm1`, width),
      ...attention.map((name): ParameterShapes[number] => [`${name}.weight`, [width, width]]),
      ...attention.map((name): ParameterShapes[number] => [`${name}.bias`, [width]]),
      ...listLinear(`${block}.self_attn.out_proj`, width, width),
      ...listNorm(`${block}.layer_norm2`, width),
      ...listLinear(`${block}.mlp.fc1`, mlpWidth, width),
      ...listLinear(`${block}.mlp.fc2`, width, mlpWidth),
    ];
  }).flat();
}

function listNorm(name: string, width: number): ParameterShapes {
  return [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
}

function listLinear(name: string, outputs: number, inputs: number): ParameterShapes {
  return [
    [`${name}.weight`, [outputs, inputs]],
    [`${name}.bias`, [outputs]],
  ];
}

/** Lays out parameters one after another, each at a cache line. */
export function layOutParameters(shapes: ParameterShapes): ParameterLayout {
  let length = 0;
  let count = 0;
  const entries = shapes.map(([name, shape]): ParameterEntry => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const entry = { name, shape, offset: length, size };
    length += Math.ceil(size / alignmentElements) * alignmentElements;
    count += size;
    return entry;
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    entries,
    length,
    count,
    get(name) {
      const entry = byName.get(name);
      if (entry === undefined) throw new RangeError(`the layout has no parameter ${name}`);
      return entry;
    },
  };
}
