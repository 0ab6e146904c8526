import { expandFusedProducts, type Graph } from '@holdfast/onnx-graph';
import { InferenceSession, type Tensor } from '../native/onnxruntime.js';
import { serializeGraph } from '../onnx/serialize-graph.js';
import { createDeviceMemory, type DeviceMemory } from './device-memory.js';
import { createDeviceTransfers } from './device-transfers.js';
import type { Accelerator } from './execution-provider.js';
import type { GraphLoader } from './graph-loader.js';
import type { InPlaceSession, Tensors } from './in-place-session.js';
import { loadOnce } from './load-once.js';

/**
 * Makes a loader of graphs onto a device.
 *
 * A node without a kernel on the device is an error when the graph first runs, never a fall back to
 * the processor. Fused products are written out: WebGPU has no kernel for them. What no one but graphs
 * touches stays on the device where onnxruntime-node can leave it there, which is WebGPU; everything
 * else is copied from and to the host's buffers. Nothing is in place: an output over its own input is
 * written after the run.
 */
export function createDeviceLoader(provider: Accelerator): GraphLoader {
  if (provider === 'cuda') keepProductsExact();
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: 'disabled',
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  };
  const memory =
    provider === 'webgpu' ? createDeviceMemory(createDeviceTransfers(options)) : undefined;
  return {
    load: async (graph) =>
      memory === undefined
        ? loadCopying(graph, options)
        : createKeepingSession(graph, { options, memory }),
    settle: async () => memory?.settle(),
  };
}

/**
 * Has cuBLAS multiply in float32. onnxruntime asks it for TF32, which rounds factors to 10 bits of
 * mantissa, and onnxruntime-node passes no option on that says otherwise; NVIDIA's libraries heed this variable, of
 * the process, when they are loaded. Whoever set it has decided.
 */
function keepProductsExact(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

const serialize = (graph: Graph) => serializeGraph(expandFusedProducts(graph));

async function loadCopying(
  graph: Graph,
  options: InferenceSession.SessionOptions,
): Promise<InPlaceSession> {
  const session = await InferenceSession.create(serialize(graph), options);
  return {
    inputNames: session.inputNames,
    async run(feeds, outputs) {
      await session.run(feeds, outputs);
    },
  };
}

/**
 * Loads the graph when it first runs, once for each set of outputs that stay: a session must know them
 * beforehand, and a block's tokens stay or come back by where it stands in its tower.
 */
function createKeepingSession(
  graph: Graph,
  { options, memory }: { options: InferenceSession.SessionOptions; memory: DeviceMemory },
): InPlaceSession {
  const model = serialize(graph);
  const loaded = new Map<string, () => Promise<InferenceSession>>();
  function find(names: readonly string[], kept: ReadonlySet<string>): Promise<InferenceSession> {
    const key = [...kept].join();
    let session = loaded.get(key);
    if (session === undefined) {
      const places = locate(names, kept);
      session = loadOnce(() => InferenceSession.create(model, { ...options, ...places }));
      loaded.set(key, session);
    }
    return session();
  }
  async function place(feeds: Tensors): Promise<Tensors> {
    const placed: Tensors = {};
    for (const [name, host] of Object.entries(feeds)) placed[name] = await memory.feed(host);
    return placed;
  }
  return {
    inputNames: graph.inputs.map(({ name }) => name),
    async run(feeds, outputs) {
      const names = Object.keys(outputs);
      const kept = new Set(names.filter((name) => memory.keeps(outputs[name]!)));
      const session = await find(names, kept);
      if (kept.size === 0) {
        await session.run(await place(feeds), outputs);
        return;
      }
      // A session that leaves outputs on the device takes no buffers for the others.
      const results = await session.run(await place(feeds), names);
      for (const name of names) {
        const [host, result] = [outputs[name]!, results[name] as Tensor];
        if (kept.has(name)) memory.hold(host, result);
        else (host.data as Float32Array).set(result.data as Float32Array);
      }
    },
  };
}

function locate(names: readonly string[], kept: ReadonlySet<string>) {
  if (kept.size === 0) return {};
  const places = names.map((name) => [name, kept.has(name) ? 'gpu-buffer' : 'cpu'] as const);
  return { preferredOutputLocation: Object.fromEntries(places) };
}
