import type { Tensor } from 'onnxruntime-node';

/** Stands for what an array holds: every write to the array makes another one. Compared by identity. */
export interface Revision {
  readonly array: string;
}

const readers = new WeakMap<Tensor, () => Revision>();

/** Says how to learn what a tensor holds. For tensors whose every write is counted. */
export function trackRevision(tensor: Tensor, read: () => Revision): void {
  readers.set(tensor, read);
}

/** What a tensor holds; undefined for one that is written without anyone counting. */
export function readRevision(tensor: Tensor): Revision | undefined {
  return readers.get(tensor)?.();
}
