import type { Graph } from '@holdfast/onnx-graph';
import type { ExecutionProvider } from '../provider/execution-provider.js';
import { createDeviceLoader } from './device-session.js';
import { createInPlaceSession, type InPlaceSession } from './in-place-session.js';

/** Loads a graph where an engine computes. */
export type LoadGraph = (graph: Graph) => Promise<InPlaceSession>;

/** Where an engine computes. */
export interface GraphLoader {
  /** Graphs of one loader share what stays on a device. */
  readonly load: LoadGraph;
  /** Makes what graphs have summed readable on the host. */
  settle(): Promise<void>;
}

/** Makes a loader for the processor or a device. */
export function createGraphLoader(options: {
  readonly executionProvider: ExecutionProvider;
  /** Intra-operator threads of the processor. */
  readonly threads: number;
}): GraphLoader {
  const { executionProvider, threads } = options;
  if (executionProvider !== 'cpu') return createDeviceLoader(executionProvider);
  return { load: (graph) => createInPlaceSession(graph, threads), settle: async () => undefined };
}
