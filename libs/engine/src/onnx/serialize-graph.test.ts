import '@holdfast/testing';
import { differentiateGraph, gradientName, splitForBackward } from '@holdfast/autodiff';
import {
  createBlock,
  type DrawOptions,
  type MakeFunction,
  operatorCases,
} from '@holdfast/autodiff/test-support';
import {
  countElements,
  createGraphBuilder,
  type Graph,
  interpretGraph,
} from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../native/onnxruntime.js';
import { serializeGraph } from './serialize-graph.js';

type Feeds = ReadonlyMap<string, Float32Array | BigInt64Array>;

async function runInRuntime(graph: Graph, feeds: Feeds): Promise<Map<string, Float32Array>> {
  const session = await InferenceSession.create(serializeGraph(graph), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
  });
  const inputs = graph.inputs.map(({ name, shape }) => {
    const data = feeds.get(name)!;
    const tensor = data instanceof BigInt64Array ? ['int64', data] : ['float32', data];
    return [name, new Tensor(tensor[0] as 'float32', tensor[1] as Float32Array, shape)] as const;
  });
  const results = await session.run(Object.fromEntries(inputs));
  await session.release();
  return new Map(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

/** Numbers that float32 holds, so that the runtime and the interpreter start from the same. */
function drawFeeds(graph: Graph, { low = -1, high = 1, given = {} }: DrawOptions): Feeds {
  const random = createRandom(1);
  return new Map(
    graph.inputs.map(({ name, shape, dataType }) => {
      const draw = () => low + (high - low) * random.uniform();
      const data = given[name] ?? Array.from({ length: countElements(shape) }, draw);
      return [
        name,
        dataType === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data),
      ];
    }),
  );
}

function buildFunction(make: MakeFunction) {
  const builder = createGraphBuilder('function');
  const { results, wrt } = make(builder);
  for (const [index, result] of results.entries()) builder.output(result, `result${index}`);
  const graph = builder.build();
  return { graph, options: { outputs: graph.outputs.map(({ name }) => name), wrt } };
}

const largestOf = (data: Float64Array) => data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

/**
 * Within 1e-5 of each tensor's largest element: float32 sums of up to some hundred terms.
 *
 * The bias of the keys moves all scores of a row alike, so its gradient is zero: a sum of terms that
 * cancel. Its error is that of the terms, which are as large as the other gradients.
 */
async function expectAgreement(graph: Graph, draw: DrawOptions): Promise<void> {
  const feeds = drawFeeds(graph, draw);
  const expected = interpretGraph(graph, feeds);
  const actual = await runInRuntime(graph, feeds);
  const largest = Math.max(...[...expected.values()].map(largestOf));
  for (const [name, wanted] of expected) {
    const own = largestOf(wanted);
    const scale = own < 1e-12 ? largest : own;
    expect(actual.get(name)).toBeAllclose(wanted, { rtol: 0, atol: 1e-5 * scale });
  }
}

describe.each(operatorCases)('in ONNX Runtime, $name', ({ make, ...draw }) => {
  it('has the results of the interpreter, forward and backward', async () => {
    const { graph, options } = buildFunction(make);
    await expectAgreement(graph, draw);
    const { wrt } = options;
    await expectAgreement(differentiateGraph(graph, { ...options, accumulate: wrt }), draw);
  });
});

const sizes = {
  batch: 2,
  tokens: 5,
  heads: 2,
  headWidth: 8,
  mlpWidth: 40,
  activation: 'quickGelu',
  isCausal: true,
} as const;

describe.each(['quickGelu', 'gelu'] as const)('a transformer block with %s', (activation) => {
  const make: MakeFunction = (builder) => {
    const { y, wrt } = createBlock(builder, { ...sizes, activation });
    return { results: [y], wrt };
  };

  it('has the results of the interpreter, forward and backward', async () => {
    const { graph, options } = buildFunction(make);
    await expectAgreement(graph, {});
    await expectAgreement(differentiateGraph(graph, options), {});
  });

  it('has the same gradients bit for bit with kept activations as with a second forward', async () => {
    const { graph, options } = buildFunction(make);
    const recomputing = differentiateGraph(graph, options);
    const feeds = drawFeeds(recomputing, {});
    const expected = await runInRuntime(recomputing, feeds);
    const { forward, backward, saved } = splitForBackward(graph, options);
    const kept = await runInRuntime(forward, feeds);
    const savedFeeds = saved.map(({ name }) => [name, kept.get(name)!] as const);
    const actual = await runInRuntime(backward, new Map([...feeds, ...savedFeeds]));
    expect([...actual.keys()].sort()).toEqual(options.wrt.map(gradientName).sort());
    for (const [name, gradient] of expected) expect(actual.get(name)).toEqual(gradient);
  });
});

describe('serializeGraph', () => {
  it('copies an output that is an input, a constant or another output', async () => {
    const builder = createGraphBuilder('copies');
    const x = builder.input('x', [2]);
    const y = builder.neg(x);
    for (const name of ['first', 'second']) builder.output(y, name);
    builder.output(x, 'same');
    builder.output(builder.constant(Float32Array.of(7), [1], 'seven'), 'constant');
    const results = await runInRuntime(builder.build(), new Map([['x', Float32Array.of(1, 2)]]));
    expect(Object.fromEntries(results)).toEqual({
      first: Float32Array.of(-1, -2),
      second: Float32Array.of(-1, -2),
      same: Float32Array.of(1, 2),
      constant: Float32Array.of(7),
    });
  });

  it('stores int64 and bool constants', async () => {
    const builder = createGraphBuilder('constants');
    const x = builder.input('x', [3]);
    const taken = builder.gather(x, builder.constant(BigInt64Array.of(2n, 0n), [2]));
    builder.output(builder.where(builder.constant(Uint8Array.of(1, 0), [2]), taken, 9), 'y');
    const results = await runInRuntime(builder.build(), new Map([['x', Float32Array.of(1, 2, 3)]]));
    expect(results.get('y')).toEqual(Float32Array.of(3, 9));
  });
});
