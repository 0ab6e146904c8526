import type { ElementType } from './element-type.js';
import { headerLengthBytes, parseHeader, readHeaderLength } from './header.js';

/** One tensor of a file. */
export interface SafetensorsTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Little-endian, row-major; a view of the file's bytes. */
  readonly data: Uint8Array;
}

/** A whole file in memory. */
export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/**
 * Parses a safetensors file and checks all of it; tensors are views, nothing is copied.
 *
 * @param name what to call the file in messages
 * @throws SafetensorsError that says which tensor is wrong, and how.
 */
export function parseSafetensors(bytes: Uint8Array, name = 'safetensors'): Safetensors {
  const file = { name, bytes: bytes.byteLength };
  const length = readHeaderLength(bytes.subarray(0, headerLengthBytes), file);
  const json = bytes.subarray(headerLengthBytes, headerLengthBytes + length);
  const { metadata, tensors } = parseHeader(json, file);
  return {
    metadata,
    tensors: new Map(
      [...tensors].map(([key, { dtype, shape, start, end }]) => [
        key,
        { dtype, shape, data: bytes.subarray(start, end) },
      ]),
    ),
  };
}
