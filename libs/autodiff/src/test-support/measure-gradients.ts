import {
  countElements,
  createGraphBuilder,
  type Graph,
  interpretGraph,
} from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import {
  accumulatorName,
  cotangentName,
  differentiateGraph,
  gradientName,
} from '../build-backward.js';
import type { DrawOptions, MakeFunction } from './function-case.js';

/** Step of the central difference: its error is about step^2 = 1e-10 plus 1e-16 / step = 1e-11. */
const STEP = 1e-5;

/** One gradient, by the rules and by central differences of sum(cotangent * result) in float64. */
export interface MeasuredGradient {
  readonly name: string;
  readonly byRules: Float64Array;
  readonly byDifferences: Float64Array;
}

/**
 * Every wanted gradient of a function, by the rules and by central differences.
 *
 * With `accumulate` each gradient is added to a random accumulator, which is then taken off again.
 */
export function measureGradients(
  make: MakeFunction,
  options: DrawOptions & { readonly accumulate?: boolean } = {},
): readonly MeasuredGradient[] {
  const builder = createGraphBuilder('function');
  const { results, wrt } = make(builder);
  for (const [index, result] of results.entries()) builder.output(result, `result${index}`);
  const graph = builder.build();
  const outputs = graph.outputs.map(({ name }) => name);
  const accumulate = options.accumulate ? wrt : [];
  const backward = differentiateGraph(graph, { outputs, wrt, accumulate });
  const feeds = drawFeeds(backward, options);
  const gradients = interpretGraph(backward, feeds);
  return wrt.map((value) => {
    const accumulator = feeds.get(accumulatorName(value));
    const byRules = gradients.get(gradientName(value))!.map((x, i) => x - (accumulator?.[i] ?? 0));
    return { name: value.name, byRules, byDifferences: differ(graph, feeds, value.name) };
  });
}

function drawFeeds(graph: Graph, { low = -1, high = 1, given = {} }: DrawOptions) {
  const random = createRandom(1);
  return new Map(
    graph.inputs.map(({ name, shape }) => {
      const draw = () => low + (high - low) * random.uniform();
      return [
        name,
        Float64Array.from(given[name] ?? Array.from({ length: countElements(shape) }, draw)),
      ];
    }),
  );
}

function differ(graph: Graph, feeds: Map<string, Float64Array>, name: string): Float64Array {
  const sumAt = (data: Float64Array) => {
    const results = interpretGraph(graph, new Map([...feeds, [name, data]]));
    return graph.outputs.reduce((sum, output) => {
      const cotangent = feeds.get(cotangentName(output.name))!;
      return results.get(output.name)!.reduce((s, x, i) => s + x * cotangent[i]!, sum);
    }, 0);
  };
  const data = feeds.get(name)!;
  return data.map(
    (x, i) => (sumAt(data.with(i, x + STEP)) - sumAt(data.with(i, x - STEP))) / (2 * STEP),
  );
}
