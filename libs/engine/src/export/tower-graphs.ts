import type { ClipConfig, TextConfig, TowerConfig } from '@holdfast/clip';
import {
  createGraphBuilder,
  dropUnread,
  expandActivations,
  expandFusedProducts,
  type Graph,
  type GraphBuilder,
  type Operand,
  openBatch,
  type Value,
} from '@holdfast/onnx-graph';
import { createFinalBlock, type FinalShape } from '../graphs/final-block.js';
import type { PieceDefinition } from '../graphs/piece-definition.js';
import { createTransformerBlock, maskedScore } from '../graphs/transformer-block.js';
import { createVisionEmbedding } from '../graphs/vision-embedding.js';
import { projectImages } from '../runtime/create-towers.js';

/** Names of inputs and outputs, those of optimum. */
export const tensorNames = {
  pixels: 'pixel_values',
  ids: 'input_ids',
  images: 'image_embeds',
  texts: 'text_embeds',
  logits: 'logits',
} as const;

/** What a tower's graph is made of. */
export interface TowerModel {
  readonly config: ClipConfig;
  /** A parameter's values by its name. */
  readonly weights: (name: string) => Float32Array;
}

/** A zero-shot classifier: logits = scale image classifier^T. */
export interface FoldedClassifier {
  /** [classes, d], normalised. */
  readonly matrix: Float32Array;
  /** exp of the model's logit scale. */
  readonly scale: number;
}

/** `pixel_values` [batch, 3, size, size] -> `image_embeds` [batch, d], not normalised. */
export function buildVisionGraph(model: TowerModel): Graph {
  return buildOpenGraph('vision_model', tensorNames.pixels, (b, rows) => {
    const r = emitVision(b, { ...model, rows });
    const weight = emitWeight(b, model, 'visual_projection.weight', [
      ...[model.config.projectionSize, model.config.vision.width],
    ]);
    b.output(b.gemm(r, weight, { transB: true }), tensorNames.images);
  });
}

/** `pixel_values` [batch, 3, size, size] -> `logits` [batch, classes]. */
export function buildClassifierGraph(
  model: TowerModel,
  { matrix, scale }: FoldedClassifier,
): Graph {
  const { projectionSize } = model.config;
  return buildOpenGraph('classifier', tensorNames.pixels, (b, rows) => {
    const e = emitVision(b, { ...model, rows, projection: projectImages(model.config) });
    const classes = matrix.length / projectionSize;
    const classifier = b.constant(matrix, [classes, projectionSize], 'classifier');
    b.output(b.gemm(e, classifier, { transB: true, alpha: scale }), tensorNames.logits);
  });
}

/**
 * `input_ids` [batch, length] -> `text_embeds` [batch, d], not normalised, without task-dependent heads.
 * Any length: what is shorter than the context is padded, what is longer cut off.
 */
export function buildTextGraph(model: TowerModel): Graph {
  return buildOpenGraph('text_model', tensorNames.ids, (b, rows) => {
    const r = emitText(b, { ...model, rows });
    const weight = emitWeight(b, model, 'text_projection.weight', [
      ...[model.config.projectionSize, model.config.text.width],
    ]);
    b.output(b.gemm(r, weight, { transB: true }), tensorNames.texts);
  });
}

/** Two numbers of rows of the same graph, which tell what depends on them. */
const rowCounts = [2, 3] as const;

function buildOpenGraph(
  name: string,
  input: string,
  emit: (b: GraphBuilder, rows: number) => void,
): Graph {
  const [graph, other] = rowCounts.map((rows) => {
    const builder = createGraphBuilder(name);
    emit(builder, rows);
    return builder.build();
  });
  const open = openBatch(graph!, other!, input);
  return dropUnread(expandActivations(expandFusedProducts(open)));
}

interface TowerOptions extends TowerModel {
  readonly rows: number;
  /** Absent: the graph ends with the pooled row. */
  readonly projection?: FinalShape['projection'];
}

function emitVision(b: GraphBuilder, options: TowerOptions): Value {
  const { config, rows } = options;
  const { imageSize, patchSize, width } = config.vision;
  const tokens = (imageSize / patchSize) ** 2 + 1;
  const pixels = b.input(tensorNames.pixels, [rows, 3, imageSize, imageSize]);
  const embedding = createVisionEmbedding(config.vision, rows);
  const embedded = emitPiece(b, embedding, { ...options, prefix: 'vision_model.' }, { pixels });
  const x = emitBlocks(b, embedded, { ...options, tower: 'vision_model', causal: false, tokens });
  const first = b.slice(b.reshape(x, [tokens, rows, width]), 0, 0, 1);
  const pooled = b.reshape(first, [rows, width]);
  const final = createFinalBlock(config.vision, {
    rows,
    tokens,
    masked: false,
    norm: 'vision_model.post_layernorm',
    block: `vision_model.encoder.layers.${config.vision.layers - 1}.`,
    projection: options.projection,
  });
  return emitPiece(b, final, { ...options, prefix: '' }, { x, pooled });
}

function emitText(b: GraphBuilder, options: TowerOptions): Value {
  const { config, rows } = options;
  const { contextLength: tokens, width, vocabularySize } = config.text;
  const ids = padIds(b, b.input(tensorNames.ids, [rows, tokens], 'int64'), config.text);
  const table = (name: string, size: number) =>
    emitWeight(b, options, `text_model.embeddings.${name}.weight`, [size, width]);
  const embedded = b.gather(table('token_embedding', vocabularySize), ids);
  const positions = b.reshape(table('position_embedding', tokens), [tokens, 1, width]);
  const placed = b.add(b.transpose(embedded, [1, 0, 2]), positions);
  const start = b.reshape(placed, [tokens * rows, width]);
  const x = emitBlocks(b, start, { ...options, tower: 'text_model', causal: true, tokens });

  const end = b.cast(findEnd(b, ids, config.text), 'float32');
  const order = b.constant(
    Float32Array.from({ length: tokens }, (_, i) => i),
    [1, tokens],
  );
  const mask = b.reshape(b.where(b.less(end, order), maskedScore, 0), [rows, 1, 1, tokens]);
  const isEnd = b.transpose(emitEqual(b, end, order), [1, 0]);
  const chosen = b.reshape(isEnd, [tokens, rows, 1]);
  const pooled = b.reduceSum(b.mul(b.reshape(x, [tokens, rows, width]), chosen), [0], false);
  const final = createFinalBlock(config.text, {
    rows,
    tokens,
    masked: true,
    norm: 'text_model.final_layer_norm',
    block: `text_model.encoder.layers.${config.text.layers - 1}.`,
  });
  return emitPiece(b, final, { ...options, prefix: '' }, { x, pooled, mask });
}

/** Ids of any length to the context's: nothing that comes after the end token is seen. */
function padIds(b: GraphBuilder, ids: Value, { contextLength, eosTokenId }: TextConfig): Value {
  const [rows] = ids.shape;
  // Any id but the end token; the lowest two are no text's highest.
  const id = eosTokenId === 0 ? 1n : 0n;
  const row = b.constant(new BigInt64Array(contextLength).fill(id), [1, contextLength]);
  const padded = b.concat([ids, b.expand(row, [rows!, contextLength])], 1);
  return b.slice(padded, 1, 0, contextLength);
}

/** The position that stands for each text, int64 [rows, 1]. Ids below 2^24 are exact in float32. */
function findEnd(b: GraphBuilder, ids: Value, { eotPooling, eosTokenId }: TextConfig): Value {
  const numbers = b.cast(ids, 'float32');
  return b.argMax(eotPooling === 'argmax' ? numbers : emitEqual(b, numbers, eosTokenId), 1);
}

/** 1 where `x` is `y`, else 0. */
function emitEqual(b: GraphBuilder, x: Value, y: Operand): Value {
  return b.where(b.less(x, y), 0, b.where(b.greater(x, y), 0, 1));
}

/** All blocks but the last. */
function emitBlocks(
  b: GraphBuilder,
  start: Value,
  options: TowerOptions & {
    readonly tower: 'vision_model' | 'text_model';
    readonly causal: boolean;
    readonly tokens: number;
  },
): Value {
  const { tower, rows, tokens, causal } = options;
  const config: TowerConfig = options.config[tower === 'vision_model' ? 'vision' : 'text'];
  const block = createTransformerBlock(config, { rows, tokens, causal });
  let x = start;
  for (let layer = 0; layer < config.layers - 1; layer += 1) {
    const prefix = `${tower}.encoder.layers.${layer}.`;
    x = emitPiece(b, block, { ...options, prefix }, { x });
  }
  return x;
}

/** Emits a piece with its weights as constants. */
function emitPiece(
  b: GraphBuilder,
  definition: PieceDefinition,
  { prefix, ...model }: TowerModel & { readonly prefix: string },
  inputs: Readonly<Record<string, Value>>,
): Value {
  const values = new Map(Object.entries(inputs));
  for (const { name, shape } of definition.parameters) {
    values.set(name, emitWeight(b, model, prefix + name, shape));
  }
  // Nothing goes back, so nothing is kept.
  const checkpoint = (value: Value) => value;
  return definition.emit(b, (name) => values.get(name)!, checkpoint);
}

function emitWeight(
  b: GraphBuilder,
  { weights }: TowerModel,
  name: string,
  shape: readonly number[],
): Value {
  return b.constant(weights(name), shape, name);
}
