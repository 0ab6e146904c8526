import type { TowerConfig } from '@holdfast/clip';
import { type Graph, interpretGraph } from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { cotangentName } from './build-piece-graphs.js';
import { createFinalBlock } from './final-block.js';
import type { PieceDefinition } from './piece.js';
import { createTransformerBlock } from './transformer-block.js';
import { createVisionEmbedding } from './vision-embedding.js';

const tower: TowerConfig = {
  ...{ width: 12, heads: 3, layers: 2, mlpWidth: 20, layerNormEpsilon: 1e-5 },
  activation: 'quick_gelu',
};
const vision = { ...tower, imageSize: 8, patchSize: 4, channels: 3 };
const final = {
  ...{ rows: 3, tokens: 5, projectionSize: 7, rank: 0, masked: false },
  ...{ block: 'layers.1.', norm: 'norm', projection: 'projection' },
};

/** Every kind of piece, small. */
export const pieces: [string, PieceDefinition][] = [
  ['the vision embedding', createVisionEmbedding(vision, 3)],
  ['a block', createTransformerBlock(tower, { rows: 3, tokens: 5, causal: false })],
  [
    'a causal block with gelu',
    createTransformerBlock({ ...tower, activation: 'gelu' }, { rows: 3, tokens: 5, causal: true }),
  ],
  ['a final block', createFinalBlock(tower, final)],
  ['a masked final block with heads', createFinalBlock(tower, { ...final, masked: true, rank: 2 })],
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
