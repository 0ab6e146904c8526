import { createGraphBuilder, type Graph, interpretGraph } from '@holdfast/onnx-graph';
import { Tensor } from '../native/onnxruntime.js';
import type { Accelerator } from '../runtime/execution-provider.js';
import type { LoadGraph } from '../runtime/graph-loader.js';
import type { Tensors } from '../runtime/in-place-session.js';
import { createGraphLoader } from '../runtime/load-graph.js';
import { type Adapter, describeAdapter, readDriverTraces } from './describe-adapter.js';

/** What to try, beside how many threads of the processor. */
export interface TrialRequest {
  readonly provider: Accelerator;
  readonly threads: number;
  readonly measureSpeed: boolean;
}

/** What a trial saw. */
export type TrialOutcome =
  | {
      readonly error: string;
      /** Whether it computes, and not exactly enough. */
      readonly isInexact?: true;
    }
  | { readonly adapter: Adapter; readonly speedup?: number };

/** fp32 sums over 8 terms. */
const toleranceMax = 1e-5;
const products = 8;
const productSize = 512;

/** Runs a small graph on a provider, checks its numbers and, of hardware, takes its time. */
export async function measureTrial(request: TrialRequest): Promise<TrialOutcome> {
  const { provider, threads, measureSpeed } = request;
  try {
    const { load } = createGraphLoader({ executionProvider: provider, threads });
    const error = await measureError(load);
    if (!(error <= toleranceMax)) {
      return { error: `a matrix product is wrong by ${error.toExponential(1)}`, isInexact: true };
    }
    const adapter = findAdapter(provider);
    if (!measureSpeed || adapter.isSoftware) return { adapter };
    const processor = createGraphLoader({ executionProvider: 'cpu', threads });
    return { adapter, speedup: (await timeProducts(processor.load)) / (await timeProducts(load)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function findAdapter(provider: Accelerator): Adapter {
  if (provider === 'cuda') return { name: 'CUDA', isSoftware: false };
  return describeAdapter(readDriverTraces());
}

/** Largest error of a^T b + c. */
async function measureError(load: LoadGraph): Promise<number> {
  const builder = createGraphBuilder('check');
  const [a, b, c] = ['a', 'b', 'c'].map((name) => builder.input(name, [8, 8]));
  builder.output(builder.gemm(a!, b!, { transA: true, c: c! }), 'y');
  const graph = builder.build();
  const feeds = fill(graph, (i) => Math.fround(Math.sin(i)));
  const output = new Float32Array(64);
  await (await load(graph)).run(feeds, { y: new Tensor('float32', output, [8, 8]) });
  const exact = interpretGraph(
    graph,
    new Map(
      Object.entries(feeds).map(([name, { data }]) => [
        name,
        Float64Array.from(data as Float32Array),
      ]),
    ),
  ).get('y')!;
  return output.reduce((worst, value, i) => Math.max(worst, Math.abs(value - exact[i]!)), 0);
}

/** Milliseconds of a chain of products, the fastest of three after a first one. */
async function timeProducts(load: LoadGraph): Promise<number> {
  const shape = [productSize, productSize];
  const builder = createGraphBuilder('chain');
  const weight = builder.input('weight', shape);
  let x = builder.input('x', shape);
  for (let i = 0; i < products; i += 1) x = builder.matMul(x, weight);
  builder.output(x, 'y');
  const graph = builder.build();
  const session = await load(graph);
  const feeds = fill(graph, () => 1 / productSize);
  const outputs = { y: new Tensor('float32', new Float32Array(productSize ** 2), shape) };
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round += 1) {
    const start = performance.now();
    await session.run(feeds, outputs);
    if (round > 0) fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

function fill(graph: Graph, valueAt: (index: number) => number): Tensors {
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }, input) => {
      const elements = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: elements }, (_, i) => valueAt(i + input));
      return [name, new Tensor('float32', data, shape)];
    }),
  );
}
