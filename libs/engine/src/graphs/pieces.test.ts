import type { TowerConfig } from '@holdfast/clip';
import { type Graph, interpretGraph } from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createInPlaceSession, type Tensors } from '../runtime/in-place-session.js';
import { buildPieceGraphs, cotangentName, gradientName, outputName } from './build-piece-graphs.js';
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

const pieces: [string, PieceDefinition][] = [
  ['the vision embedding', createVisionEmbedding(vision, 3)],
  ['a block', createTransformerBlock(tower, { rows: 3, tokens: 5, causal: false })],
  [
    'a causal block with gelu',
    createTransformerBlock({ ...tower, activation: 'gelu' }, { rows: 3, tokens: 5, causal: true }),
  ],
  ['a final block', createFinalBlock(tower, final)],
  ['a masked final block with heads', createFinalBlock(tower, { ...final, masked: true, rank: 2 })],
];

type Numbers = ReadonlyMap<string, Float64Array>;

/** Runs a graph in float64. */
function interpret(graph: Graph, numbers: Numbers): Numbers {
  const feeds = new Map(graph.inputs.map(({ name }) => [name, numbers.get(name)!]));
  return interpretGraph(graph, feeds);
}

/** Runs a graph in the runtime; outputs by name. */
async function run(graph: Graph, numbers: Numbers): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await createInPlaceSession(graph, 1);
  const tensor = (shape: readonly number[], data: ArrayLike<number>) =>
    new Tensor('float32', Float32Array.from(data), shape);
  const feeds: Tensors = {};
  for (const { name, shape } of graph.inputs) feeds[name] = tensor(shape, numbers.get(name)!);
  const outputs: Tensors = {};
  for (const { name, value } of graph.outputs) {
    const elements = value.shape.reduce((product, size) => product * size, 1);
    outputs[name] = tensor(value.shape, new Float32Array(elements));
  }
  await session.run(feeds, outputs);
  return new Map(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

/** Random numbers for every input of both graphs; accumulators are 0. */
function drawNumbers(definition: PieceDefinition, seed: number): Map<string, Float64Array> {
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

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

describe.each(pieces)('%s', (_, definition) => {
  const graphs = buildPieceGraphs(definition);
  const numbers = drawNumbers(definition, 1);
  const forward = interpret(graphs.forward, numbers);
  const saved = new Map([...numbers, ...forward]);
  const wanted = [
    ...definition.inputs.filter(({ differentiable }) => differentiable),
    ...definition.parameters,
  ].map(({ name }) => name);

  it('has the gradient of its output, by central differences in float64', () => {
    const gradients = interpret(graphs.backward, saved);
    const direction = drawNumbers(definition, 2);
    const step = 1e-6;
    const valueAt = (distance: number) => {
      const moved = new Map(numbers);
      for (const name of wanted) {
        const along = direction.get(name)!;
        moved.set(
          name,
          numbers.get(name)!.map((value, i) => value + distance * along[i]!),
        );
      }
      const output = interpret(graphs.forward, moved).get(outputName)!;
      return dot(output, numbers.get(cotangentName)!);
    };
    const measured = (valueAt(step) - valueAt(-step)) / (2 * step);
    let slope = 0;
    for (const name of wanted)
      slope += dot(gradients.get(gradientName(name))!, direction.get(name)!);
    // Second-order differences are exact to step^2, the subtraction loses 1e-16 / step.
    expect(slope / measured).toBeCloseTo(1, 6);
  });

  it('is computed by the runtime to the last digits of float32', async () => {
    const actual = new Map([
      ...(await run(graphs.forward, saved)),
      ...(await run(graphs.backward, saved)),
    ]);
    const expected = new Map([...forward, ...interpret(graphs.backward, saved)]);
    for (const [name, values] of expected) {
      if (name.endsWith('k_proj.bias')) continue;
      const largest = Math.max(...values.map(Math.abs));
      const found = actual.get(name)!;
      const worst = Math.max(...values.map((value, i) => Math.abs(value - found[i]!)));
      // Some dozens of roundings of 6e-8.
      expect.soft(worst / largest, name).toBeLessThan(1e-5);
    }
  });
});
