import { createGraphBuilder } from '@holdfast/onnx-graph';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { type Revision, readRevision } from '../memory/revision.js';
import { serializeGraph } from '../onnx/serialize-graph.js';

/** Weights that stay on the device from one call to the next. */
export interface ResidentWeights {
  /** A tensor's copy on the device, or the tensor itself where its writes are not counted. */
  feed(tensor: Tensor): Promise<Tensor>;
}

/**
 * Holds the weights of one array at a time: every micro-batch of a step reads the same ones. Another
 * array, or a write to this one, frees what is held.
 *
 * An upload is a session that copies its input and leaves the result on the device, which
 * onnxruntime-node supports for WebGPU alone.
 */
export function createResidentWeights(options: InferenceSession.SessionOptions): ResidentWeights {
  const uploads = new Map<string, Promise<InferenceSession>>();
  let revision: Revision | undefined;
  // By the host's tensors, which must not be kept alive: a run that is closed frees gigabytes.
  let copies = new WeakMap<Tensor, Tensor>();
  let held: Tensor[] = [];

  function free(): void {
    for (const copy of held) copy.dispose();
    held = [];
    copies = new WeakMap();
  }

  function findUpload(dims: readonly number[]): Promise<InferenceSession> {
    let upload = uploads.get(String(dims));
    if (upload === undefined) {
      upload = createUpload(dims, options);
      uploads.set(String(dims), upload);
    }
    return upload;
  }

  return {
    async feed(tensor) {
      const current = readRevision(tensor);
      if (current === undefined) return tensor;
      if (current !== revision) free();
      revision = current;
      const known = copies.get(tensor);
      if (known !== undefined) return known;
      const upload = await findUpload(tensor.dims);
      const copy = (await upload.run({ host: tensor }))['device'] as Tensor;
      copies.set(tensor, copy);
      held.push(copy);
      return copy;
    },
  };
}

function createUpload(
  dims: readonly number[],
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const builder = createGraphBuilder('upload');
  builder.output(builder.input('host', dims), 'device');
  const model = serializeGraph(builder.build());
  return InferenceSession.create(model, { ...options, preferredOutputLocation: 'gpu-buffer' });
}
