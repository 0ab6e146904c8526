import '@holdfast/testing';
import {
  countElements,
  createGraphBuilder,
  type Graph,
  interpretGraph,
} from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { differentiateGraph, gradientName } from './build-backward.js';
import { type SplitOptions, splitForBackward } from './split-for-backward.js';
import { createBlock } from './test-support/create-block.js';

function buildBlock(activation: 'quickGelu' | 'gelu') {
  const builder = createGraphBuilder('block');
  const sizes = { batch: 2, tokens: 3, heads: 2, headWidth: 4, mlpWidth: 12, isCausal: true };
  const { y, wrt } = createBlock(builder, { ...sizes, activation });
  builder.output(y, 'y');
  return { graph: builder.build(), wrt };
}

function drawFeeds(graph: Graph): Map<string, Float64Array> {
  const random = createRandom(1);
  return new Map(
    graph.inputs.map(({ name, shape }) => [
      name,
      Float64Array.from({ length: countElements(shape) }, () => random.uniform() - 0.5),
    ]),
  );
}

/** The forward graph, then the backward graph with what the first kept. */
function runSplit(graph: Graph, options: SplitOptions, feeds: Map<string, Float64Array>) {
  const { forward, backward } = splitForBackward(graph, options);
  return interpretGraph(backward, new Map([...feeds, ...interpretGraph(forward, feeds)]));
}

describe('splitForBackward', () => {
  it.each(['quickGelu', 'gelu'] as const)(
    'has the gradients of one graph, with %s',
    (activation) => {
      const { graph, wrt } = buildBlock(activation);
      const options = { outputs: ['y'], wrt, accumulate: wrt.slice(0, 5) };
      const joint = differentiateGraph(graph, options);
      const feeds = drawFeeds(joint);
      expect(runSplit(graph, options, feeds)).toEqual(interpretGraph(joint, feeds));
    },
  );

  it('keeps each activation once, and neither inputs nor what a pass over it gives back', () => {
    const { graph, wrt } = buildBlock('quickGelu');
    const { forward, saved } = splitForBackward(graph, { outputs: ['y'], wrt });
    const makers = saved.map(({ name }) => {
      const value = forward.outputs.find((output) => output.name === name)!.value;
      return graph.nodes.find(({ outputs }) => outputs.includes(value))!.op;
    });
    expect(makers.sort()).toEqual([
      'Add', // the residual stream between attention and MLP
      ...new Array(4).fill('Gemm'), // q, k, v, and what goes into the activation function
      ...new Array(6).fill('LayerNormalization'), // results, means and inverse deviations of two
      'Softmax',
      'Transpose', // attention's result with its heads joined
    ]);
  });

  it('keeps checkpoints alone, for the same gradients', () => {
    const { graph, wrt } = buildBlock('quickGelu');
    // The mask is added first, then what attention found.
    const [, residual] = graph.nodes.filter(({ op }) => op === 'Add').map((add) => add.outputs[0]!);
    const options = { outputs: ['y'], wrt, checkpoints: [residual!] };
    const { saved, backward } = splitForBackward(graph, options);
    expect(saved.map(({ name }) => name)).toEqual([`saved.${residual!.name}`]);
    // The products before and behind it are read by nothing on the way back.
    const countProducts = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'Gemm').length;
    const kept = splitForBackward(graph, { outputs: ['y'], wrt });
    expect(countProducts(backward) - countProducts(kept.backward)).toBe(countProducts(graph) - 2);
    const joint = differentiateGraph(graph, options);
    const feeds = drawFeeds(joint);
    expect(runSplit(graph, options, feeds)).toEqual(interpretGraph(joint, feeds));
  });

  it('feeds the backward graph only what it reads', () => {
    const { graph, wrt } = buildBlock('quickGelu');
    const wanted = wrt.filter(({ name }) => name.startsWith('fc2'));
    const { backward, saved } = splitForBackward(graph, { outputs: ['y'], wrt: wanted });
    expect(saved).toHaveLength(1);
    expect(backward.inputs.map(({ name }) => name)).toEqual(['cotangent.y', saved[0]!.name]);
    expect(backward.outputs.map(({ name }) => name)).toEqual(wanted.map(gradientName));
  });

  it('keeps a result that the graph returns anyway under its own name', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', [2]);
    builder.output(builder.exp(x), 'y');
    const { forward, backward, saved } = splitForBackward(builder.build(), {
      outputs: ['y'],
      wrt: [x],
    });
    expect(saved).toEqual([{ name: 'y', shape: [2], dataType: 'float32' }]);
    expect(forward.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(backward.inputs.map(({ name }) => name)).toEqual(['cotangent.y', 'y']);
  });

  it('gives the gradient of an intermediate value', () => {
    const builder = createGraphBuilder('g');
    const table = builder.input('table', [4, 2]);
    const rows = builder.gather(table, builder.input('ids', [3], 'int64'));
    builder.output(builder.mul(rows, rows), 'y');
    const options = { outputs: ['y'], wrt: [rows] };
    const feeds = new Map([
      ['table', Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
      ['ids', Float64Array.of(3, 0, 3)],
      ['cotangent.y', new Float64Array(6).fill(1)],
    ]);
    const gradient = runSplit(builder.build(), options, feeds).get(gradientName(rows));
    expect(gradient).toEqual(Float64Array.of(14, 16, 2, 4, 14, 16));
  });

  it('refuses outputs and values that the graph does not have', () => {
    const { graph, wrt } = buildBlock('gelu');
    const other = createGraphBuilder('other').input('other', [1]);
    expect(() => splitForBackward(graph, { outputs: ['z'], wrt })).toThrow(
      new RangeError("graph 'block' has no output 'z'"),
    );
    const message = new RangeError("'other' is not a value of graph 'block'");
    expect(() => splitForBackward(graph, { outputs: ['y'], wrt: [other] })).toThrow(message);
    const accumulate = [other];
    expect(() => splitForBackward(graph, { outputs: ['y'], wrt, accumulate })).toThrow(message);
  });
});
