import { countElements, type Graph } from '@holdfast/onnx-graph';
import type { LoadGraph } from '../runtime/graph-loader.js';

/**
 * Floating-point operations of a graph's matrix products, a multiplication and an addition each:
 * 2 M N K for [M, K] times [K, N].
 */
export function countProductOperations({ nodes }: Graph): number {
  let operations = 0;
  for (const { op, inputs, outputs, attributes } of nodes) {
    if (op !== 'Gemm' && op !== 'MatMul' && op !== 'FusedMatMul') continue;
    const { shape } = inputs[0]!;
    const is = (name: string) => attributes[name]?.kind === 'int' && attributes[name].value === 1;
    // With transBatchA the rows are the first axis, and the one before the last is of the batch.
    const inner = is('transA') ? (is('transBatchA') ? shape[0]! : shape.at(-2)!) : shape.at(-1)!;
    operations += 2 * countElements(outputs[0]!.shape) * inner;
  }
  return operations;
}

/** A loader whose sessions count the operations of every run. */
export function countRuns(load: LoadGraph): { readonly load: LoadGraph; take(): number } {
  let operations = 0;
  return {
    async load(graph) {
      const session = await load(graph);
      const perRun = countProductOperations(graph);
      return {
        inputNames: session.inputNames,
        run(feeds, outputs) {
          operations += perRun;
          return session.run(feeds, outputs);
        },
      };
    },
    /** Operations since it was called last. */
    take() {
      const taken = operations;
      operations = 0;
      return taken;
    },
  };
}
