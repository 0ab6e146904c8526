import type { PackedFault } from '@holdfast/fault';
import type { Engine, EngineDescription } from '../engine.js';

/** The methods that a thread's engine answers. */
export type EngineMethod = Exclude<keyof Engine, 'id' | 'description' | 'requireAlive'>;

/** A call on its way to the thread. */
export interface CallMessage {
  readonly call: number;
  readonly method: EngineMethod;
  readonly request: unknown;
}

/** What a thread says: once that it is ready, then an answer per call. */
export type ThreadMessage =
  | { readonly ready: EngineDescription }
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: PackedFault };

/**
 * Makes a message ready to be moved: the same value, in which every typed array has its buffer to
 * itself, and the list of those buffers. A part of a larger buffer is copied out, since moving would
 * take, and cloning would copy, all of it.
 */
export function prepareTransfer<T>(value: T): { value: T; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  const prepare = (part: unknown): unknown => {
    if (part instanceof Float32Array || part instanceof Int32Array) {
      const whole = part.byteLength === part.buffer.byteLength;
      const own = whole && part.buffer instanceof ArrayBuffer ? part : part.slice();
      buffers.push(own.buffer as ArrayBuffer);
      return own;
    }
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, prepare(item)]));
  };
  return { value: prepare(value) as T, buffers };
}
