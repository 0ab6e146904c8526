import type { Tensor } from 'onnxruntime-node';
import { type Revision, readRevision } from '../memory/revision.js';

/** Weights that stay on the device from one call to the next. */
export interface ResidentWeights {
  /** A tensor's copy on the device, or the tensor itself where its writes are not counted. */
  feed(tensor: Tensor): Promise<Tensor>;
}

/**
 * Holds the weights of one array at a time: every micro-batch of a step reads the same ones. Another
 * array, or a write to this one, frees what is held.
 */
export function createResidentWeights(
  upload: (tensor: Tensor) => Promise<Tensor>,
): ResidentWeights {
  let revision: Revision | undefined;
  // By the host's tensors, which must not be kept alive: a run that is closed frees gigabytes.
  let copies = new WeakMap<Tensor, Tensor>();
  let held: Tensor[] = [];

  function free(): void {
    for (const copy of held) copy.dispose();
    held = [];
    copies = new WeakMap();
  }

  return {
    async feed(tensor) {
      const current = readRevision(tensor);
      if (current === undefined) return tensor;
      if (current !== revision) free();
      revision = current;
      const known = copies.get(tensor);
      if (known !== undefined) return known;
      const copy = await upload(tensor);
      copies.set(tensor, copy);
      held.push(copy);
      return copy;
    },
  };
}
