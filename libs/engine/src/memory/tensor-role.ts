import type { Tensor } from '../native/onnxruntime.js';

/** Stands for what an array holds: every counted write to it makes another one. Compared by identity. */
export interface Revision {
  readonly array: string;
}

/** Who reads and writes a tensor, as far as a device may keep a copy of it. */
export type TensorRole =
  /** Graphs read it; the processor writes it, and counts. */
  | { readonly kind: 'weight'; readonly revision: () => Revision }
  /** Graphs read it; nobody writes it. Its revision stands for the run. */
  | { readonly kind: 'frozen'; readonly revision: () => Revision }
  /** Graphs add to it; the processor zeroes it, and counts, and reads the sum. */
  | { readonly kind: 'sum'; readonly revision: () => Revision }
  /** One graph writes it and another reads it; the processor does neither. */
  | { readonly kind: 'kept' };

const roles = new WeakMap<Tensor, TensorRole>();

/** Gives a tensor a role; one without any is for everyone to read and write. */
export function assignRole(tensor: Tensor, role: TensorRole): Tensor {
  roles.set(tensor, role);
  return tensor;
}

/** The role of a tensor. */
export function findRole(tensor: Tensor): TensorRole | undefined {
  return roles.get(tensor);
}
