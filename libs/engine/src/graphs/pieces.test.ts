import type { Graph } from '@holdfast/onnx-graph';
import { describe, expect, it } from 'vitest';
import { Tensor } from '../native/onnxruntime.js';
import { createInPlaceSession, type Tensors } from '../runtime/in-place-session.js';
import { drawNumbers, interpret, type Numbers, pieces } from '../test-support/pieces.js';
import {
  buildPieceGraphs,
  cotangentName,
  gradientName,
  listTrained,
  outputName,
} from './build-piece-graphs.js';
import { freezePiece } from './freeze-piece.js';

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

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

const ways = pieces.flatMap(([name, definition]) =>
  (['activations', 'checkpoints'] as const).map((keeping) => ({ name, definition, keeping })),
);

describe.each(ways)('$name that keeps $keeping', ({ definition, keeping }) => {
  const graphs = buildPieceGraphs(definition, keeping);
  const numbers = drawNumbers(definition, 1);
  const forward = interpret(graphs.forward, numbers);
  const saved = new Map([...numbers, ...forward]);
  const wanted = [
    ...definition.inputs.filter(({ differentiable }) => differentiable),
    ...listTrained(definition),
  ].map(({ name }) => name);
  const backward = graphs.backward!;

  it('has the gradient of its output, by central differences in float64', () => {
    const gradients = interpret(backward, saved);
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

  it('asks for nothing that does not train', () => {
    const gradients = backward.outputs.map(({ name }) => name).sort();
    expect(gradients).toEqual(wanted.map(gradientName).sort());
  });

  it('is computed by the runtime to the last digits of float32', async () => {
    const actual = new Map([
      ...(await run(graphs.forward, saved)),
      ...(await run(backward, saved)),
    ]);
    const expected = new Map([...forward, ...interpret(backward, saved)]);
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

describe('a frozen piece', () => {
  it('has no way back and keeps nothing', () => {
    for (const [, definition] of pieces) {
      const ends = definition.inputs.map(({ name }) => name);
      const training = { prefix: '', trains: () => false, ends };
      const graphs = buildPieceGraphs(freezePiece(definition, training));
      expect(graphs.backward).toBeUndefined();
      expect(graphs.saved).toEqual([]);
    }
  });
});
