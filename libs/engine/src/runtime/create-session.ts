import type { Graph } from '@holdfast/onnx-graph';
import { InferenceSession } from 'onnxruntime-node';
import { serializeGraph } from '../onnx/serialize-graph.js';

/**
 * Loads a graph on the CPU.
 *
 * The runtime must not optimise: it would undo the order that keeps memory low and merge what is
 * recomputed on purpose. Spinning threads steal time from each other on a busy machine.
 */
export async function createSession(graph: Graph, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(serializeGraph(graph), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
