import { readSync, writeSync } from 'node:fs';
import { Fault } from '@holdfast/fault';
import { fromFloat32, toFloat32 } from '@holdfast/safetensors';
import type { ArrayName } from './array-name.js';
import type { ParameterStore } from './parameter-store.js';

/** A range of an array, and where its elements lie in a file. */
export interface ElementsInFile {
  readonly array: ArrayName;
  /** First element in the array. */
  readonly offset: number;
  /** Elements. */
  readonly count: number;
  /** An open file of this process. */
  readonly descriptor: number;
  /** Byte of the first element in the file. */
  readonly position: number;
  /** Elements as they lie in memory, or rounded to bfloat16. */
  readonly dtype: 'F32' | 'BF16';
}

/**
 * Writes elements where others read them. float32 goes from the array's memory into the file's, without garbage.
 *
 * @throws Fault `exhausted` if the file system is full.
 */
export function saveElements(
  store: Pick<ParameterStore, 'visit'>,
  { array, offset, count, descriptor, position, dtype }: ElementsInFile,
): void {
  let at = position;
  store.visit(array, { offset, count }, (part) => {
    const bytes = dtype === 'F32' ? viewBytes(part) : fromFloat32(dtype, part);
    for (let done = 0; done < bytes.length; ) {
      done += writePart(descriptor, bytes, { from: done, at: at + done });
    }
    at += bytes.length;
  });
}

/** Reads elements that {@link saveElements} wrote. */
export function loadElements(
  store: Pick<ParameterStore, 'visit'>,
  { array, offset, count, descriptor, position, dtype }: ElementsInFile,
): void {
  let at = position;
  store.visit(array, { offset, count }, (part) => {
    const bytes = dtype === 'F32' ? viewBytes(part) : new Uint8Array(2 * part.length);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, at + done);
      if (read === 0) throw new Fault('internal', `the file ends before byte ${at + bytes.length}`);
      done += read;
    }
    if (dtype !== 'F32') toFloat32({ dtype, data: bytes }, part);
    at += bytes.length;
  });
}

function viewBytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writePart(
  descriptor: number,
  bytes: Uint8Array,
  { from, at }: { readonly from: number; readonly at: number },
): number {
  try {
    return writeSync(descriptor, bytes, from, bytes.length - from, at);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new Fault('exhausted', `no memory is left for files: ${(cause as Error).message}`);
  }
}
