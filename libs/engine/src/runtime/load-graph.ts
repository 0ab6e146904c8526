import { createDeviceLoader } from './device-session.js';
import type { ExecutionProvider } from './execution-provider.js';
import type { GraphLoader } from './graph-loader.js';
import { createInPlaceSession } from './in-place-session.js';

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
