import { Fault, type FaultKind, type FieldViolation, isFault } from '@holdfast/fault';
import type { Engine, EngineDescription } from '../engine.js';

/** The methods that a thread's engine answers. */
export type EngineMethod = Exclude<keyof Engine, 'id' | 'description'>;

/** A call on its way to the thread. */
export interface CallMessage {
  readonly call: number;
  readonly method: EngineMethod;
  readonly request: unknown;
}

/** An error on its way back: a class does not survive the passage, its fields do. */
export interface ErrorMessage {
  readonly kind: FaultKind;
  readonly message: string;
  readonly violations: readonly FieldViolation[];
  readonly stack?: string | undefined;
}

/** What a thread says: once that it is ready, then an answer per call. */
export type ThreadMessage =
  | { readonly ready: EngineDescription }
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: ErrorMessage };

/** Takes an error apart. What is not a Fault is a broken invariant of the engine. */
export function packError(error: unknown): ErrorMessage {
  if (isFault(error)) {
    const { kind, message, violations } = error;
    return { kind, message, violations };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'internal', message, violations: [], stack };
}

/** Puts an error together again. */
export function unpackError({ kind, message, violations, stack }: ErrorMessage): Fault {
  const cause = stack === undefined ? {} : { cause: stack };
  return new Fault(kind, message, { violations, ...cause });
}

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
