import { bytesPerElement, countElements } from './element-type.js';
import { headerLengthBytes } from './header.js';
import type { SafetensorsTensor } from './parse-safetensors.js';

/** Shape and type of a tensor to be written. */
export type TensorDescription = Pick<SafetensorsTensor, 'dtype' | 'shape'>;

/** The start of a file and the place of each tensor, for writing one tensor at a time. */
export interface SafetensorsLayout {
  /** The length and the header, ready to be written. */
  readonly header: Uint8Array;
  /** First byte of each tensor in the file. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

/**
 * Lays out a file: tensors in the given order, back to back, the data aligned to eight bytes.
 * The same tensors and metadata give the same bytes.
 */
export function layOutSafetensors(
  tensors: ReadonlyMap<string, TensorDescription>,
  metadata: ReadonlyMap<string, string> = new Map(),
): SafetensorsLayout {
  const entries: [string, unknown][] = [];
  if (metadata.size > 0) entries.push(['__metadata__', Object.fromEntries(metadata)]);
  const starts = new Map<string, number>();
  let end = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const start = end;
    end += countElements(shape) * bytesPerElement(dtype);
    starts.set(name, start);
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  // Not Object.fromEntries: it would move names that look like integers to the front.
  const fields = entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const header = new Uint8Array(headerLengthBytes + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, headerLengthBytes);
  const offsets = new Map([...starts].map(([name, start]) => [name, header.byteLength + start]));
  return { header, offsets, fileBytes: header.byteLength + end };
}

/**
 * The bytes of a safetensors file: tensors in the given order, so that a file read and written again
 * keeps its layout.
 *
 * @throws RangeError if a tensor's bytes do not fit its shape and type.
 */
export function serializeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const { header, offsets, fileBytes } = layOutSafetensors(tensors, metadata);
  const bytes = new Uint8Array(fileBytes);
  bytes.set(header);
  for (const [name, { dtype, shape, data }] of tensors) {
    const expected = countElements(shape) * bytesPerElement(dtype);
    if (data.byteLength !== expected) {
      throw new RangeError(`${name} has ${data.byteLength} bytes, its shape needs ${expected}`);
    }
    bytes.set(data, offsets.get(name)!);
  }
  return bytes;
}
