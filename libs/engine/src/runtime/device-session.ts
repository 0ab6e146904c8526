import { expandFusedProducts, type Graph } from '@holdfast/onnx-graph';
import { InferenceSession } from 'onnxruntime-node';
import { serializeGraph } from '../onnx/serialize-graph.js';
import type { Accelerator } from '../provider/choose-provider.js';
import type { InPlaceSession, Tensors } from './in-place-session.js';
import { createResidentWeights } from './resident-weights.js';
import { createUpload } from './upload-tensor.js';

/**
 * Makes a loader of graphs onto a device.
 *
 * A node without a kernel on the device is an error when the graph is loaded, never a fall back to the
 * processor. Fused products are written out: WebGPU has no kernel for them. Feeds and outputs are the
 * host's buffers, but for weights, which stay on the device where the provider can hold them. Nothing is
 * in place there: an output over its own input is written after the run.
 */
export function createDeviceLoader(
  provider: Accelerator,
): (graph: Graph) => Promise<InPlaceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: 'disabled',
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  };
  const weights = provider === 'webgpu' ? createResidentWeights(createUpload(options)) : undefined;
  return async (graph) => {
    const model = serializeGraph(expandFusedProducts(graph));
    const session = await InferenceSession.create(model, options);
    return {
      inputNames: session.inputNames,
      async run(feeds, outputs) {
        const placed: Tensors = { ...feeds };
        if (weights !== undefined) {
          for (const [name, tensor] of Object.entries(feeds)) {
            placed[name] = await weights.feed(tensor);
          }
        }
        await session.run(placed, outputs);
      },
    };
  };
}
