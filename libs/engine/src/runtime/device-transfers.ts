import { createGraphBuilder } from '@holdfast/onnx-graph';
import { InferenceSession, type Tensor } from '../native/onnxruntime.js';
import { serializeGraph } from '../onnx/serialize-graph.js';
import type { DeviceTransfers } from './device-memory.js';
import { loadOnce } from './load-once.js';

/**
 * Moves tensors to WebGPU and back: by sessions, one per shape and direction, that copy their input,
 * which is how onnxruntime-node does it. Sessions of one process share the device.
 */
export function createDeviceTransfers(options: InferenceSession.SessionOptions): DeviceTransfers {
  const findUpload = createSessions({ ...options, preferredOutputLocation: 'gpu-buffer' });
  const findDownload = createSessions(options);
  return {
    async upload(host) {
      const session = await findUpload(host.dims);
      return (await session.run({ from: host }))['to'] as Tensor;
    },
    async download(device, host) {
      const session = await findDownload(host.dims);
      await session.run({ from: device }, { to: host });
    },
  };
}

function createSessions(options: InferenceSession.SessionOptions) {
  const sessions = new Map<string, () => Promise<InferenceSession>>();
  return (dims: readonly number[]): Promise<InferenceSession> => {
    let session = sessions.get(String(dims));
    if (session === undefined) {
      const builder = createGraphBuilder('copy');
      builder.output(builder.input('from', dims), 'to');
      const model = serializeGraph(builder.build());
      session = loadOnce(() => InferenceSession.create(model, options));
      sessions.set(String(dims), session);
    }
    return session();
  };
}
