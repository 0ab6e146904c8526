import { createGraphBuilder } from '@holdfast/onnx-graph';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { serializeGraph } from '../onnx/serialize-graph.js';

/**
 * Makes an upload to WebGPU: a session per shape that copies its input and leaves the result on the
 * device, which is how onnxruntime-node puts a tensor there. Sessions of one process share the device.
 */
export function createUpload(
  options: InferenceSession.SessionOptions,
): (tensor: Tensor) => Promise<Tensor> {
  const sessions = new Map<string, Promise<InferenceSession>>();
  return async (tensor) => {
    const key = String(tensor.dims);
    let session = sessions.get(key);
    if (session === undefined) {
      session = createCopySession(tensor.dims, options);
      sessions.set(key, session);
    }
    return (await (await session).run({ host: tensor }))['device'] as Tensor;
  };
}

function createCopySession(
  dims: readonly number[],
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const builder = createGraphBuilder('upload');
  builder.output(builder.input('host', dims), 'device');
  const model = serializeGraph(builder.build());
  return InferenceSession.create(model, { ...options, preferredOutputLocation: 'gpu-buffer' });
}
