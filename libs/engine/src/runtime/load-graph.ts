import type { Graph } from '@holdfast/onnx-graph';
import type { ExecutionProvider } from '../provider/execution-provider.js';
import { createDeviceLoader } from './device-session.js';
import { createInPlaceSession, type InPlaceSession } from './in-place-session.js';

/** Loads a graph where an engine computes. */
export type LoadGraph = (graph: Graph) => Promise<InPlaceSession>;

/** Makes a loader for the processor or a device; graphs of one loader share what stays on the device. */
export function createGraphLoader(options: {
  readonly executionProvider: ExecutionProvider;
  /** Intra-operator threads of the processor. */
  readonly threads: number;
}): LoadGraph {
  const { executionProvider, threads } = options;
  if (executionProvider === 'cpu') return (graph) => createInPlaceSession(graph, threads);
  return createDeviceLoader(executionProvider);
}
