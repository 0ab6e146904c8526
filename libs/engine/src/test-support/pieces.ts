import type { TowerConfig } from '@holdfast/clip';
import { type Graph, interpretGraph } from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { cotangentName } from '../graphs/build-piece-graphs.js';
import { createFinalBlock } from '../graphs/final-block.js';
import { freezePiece } from '../graphs/freeze-piece.js';
import type { PieceDefinition } from '../graphs/piece-definition.js';
import { createProjection } from '../graphs/projection.js';
import { createTransformerBlock } from '../graphs/transformer-block.js';
import { createVisionEmbedding, createWayToPixels } from '../graphs/vision-embedding.js';

const tower: TowerConfig = {
  width: 12,
  heads: 3,
  layers: 2,
  mlpWidth: 20,
  layerNormEpsilon: 1e-5,
  activation: 'quick_gelu',
};
const vision = { ...tower, imageSize: 8, patchSize: 4, channels: 3 };
const projection = { name: 'projection', size: 7, rank: 0 };
const final = {
  rows: 3,
  tokens: 5,
  masked: false,
  block: 'layers.1.',
  norm: 'norm',
  projection,
};
const withHeads = { ...projection, rank: 2 };
const adapter = { rank: 2, scale: 1.5 };
const trainsAdapters = (name: string) => name.includes('.adapter.');

/** Every kind of piece, small. */
export const pieces: [string, PieceDefinition][] = [
  ['the vision embedding', createVisionEmbedding(vision, 3)],
  ['the way back to the pixels', createWayToPixels(vision, 3)],
  ['a block', createTransformerBlock(tower, { rows: 3, tokens: 5, causal: false })],
  [
    'a causal block with gelu',
    createTransformerBlock({ ...tower, activation: 'gelu' }, { rows: 3, tokens: 5, causal: true }),
  ],
  ['a final block', createFinalBlock(tower, final)],
  [
    'a masked final block with heads',
    createFinalBlock(tower, { ...final, masked: true, projection: withHeads }),
  ],
  [
    'a final block up to its pooled row',
    createFinalBlock(tower, { ...final, projection: undefined }),
  ],
  [
    'a block whose adapters train',
    freezePiece(createTransformerBlock(tower, { rows: 3, tokens: 5, causal: true, adapter }), {
      prefix: '',
      trains: trainsAdapters,
      ends: [],
    }),
  ],
  [
    'a lowest final block with gelu whose adapters train',
    freezePiece(createFinalBlock({ ...tower, activation: 'gelu' }, { ...final, adapter }), {
      prefix: '',
      trains: trainsAdapters,
      ends: ['x', 'pooled'],
    }),
  ],
  ['a projection', createProjection({ rows: 3, width: 12 }, projection)],
  [
    'heads under a frozen projection',
    freezePiece(createProjection({ rows: 3, width: 12 }, withHeads), {
      prefix: '',
      trains: () => false,
      ends: [],
    }),
  ],
];

/** Numbers by the names of inputs and outputs. */
export type Numbers = ReadonlyMap<string, Float64Array>;

/** Runs a graph in float64. */
export function interpret(graph: Graph, numbers: Numbers): Numbers {
  const feeds = new Map(graph.inputs.map(({ name }) => [name, numbers.get(name)!]));
  return interpretGraph(graph, feeds);
}

/** Random numbers for every input of both graphs; accumulators are 0. */
export function drawNumbers(definition: PieceDefinition, seed: number): Map<string, Float64Array> {
  const random = createRandom(seed);
  const draw = (shape: readonly number[], zero = false) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    // Larger weights would saturate the softmax, whose gradient is then lost in rounding.
    return new Float64Array(elements).map(() => (zero ? 0 : Math.fround(random.normal() / 2)));
  };
  const numbers = new Map<string, Float64Array>();
  for (const { name, shape } of [...definition.inputs, ...definition.parameters]) {
    numbers.set(name, draw(shape));
    numbers.set(`accumulator.${name}`, draw(shape, true));
  }
  numbers.set(cotangentName, draw(definition.outputShape));
  return numbers;
}
