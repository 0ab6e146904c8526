import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { readInto } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  bytesPerElement,
  findNotFinite,
  type TensorLocation,
  toFloat32,
} from '@holdfast/safetensors';
import type { WeightFile } from './weight-files.js';

/** Read at once; a multiple of every element's size. */
const pieceBytes = 2 ** 20;

/**
 * sha256 of a weight file in hexadecimal. On the way every number of it is looked at, also those of rows
 * that no token or pixel asks for: one NaN there becomes the whole model's with the first weight decay
 * or average.
 *
 * @throws Fault `invalid` naming file, tensor and index of the first number that is not finite.
 */
export async function hashWeightFile(directory: string, file: WeightFile): Promise<string> {
  const path = join(directory, file.name);
  const hash = createHash('sha256');
  const buffer = new Uint8Array(pieceBytes);
  const handle = await open(path, 'r');
  try {
    let end = 0;
    for (const [name, tensor] of inOrder(file)) {
      // What no tensor holds is the header.
      for await (const piece of readPieces(handle, { start: end, end: tensor.start }, buffer)) {
        hash.update(piece.bytes);
      }
      for await (const { bytes, start } of readPieces(handle, tensor, buffer)) {
        hash.update(bytes);
        refuseNotFinite(bytes, { path, name, tensor, start });
      }
      end = tensor.end;
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

function inOrder({ tensors }: WeightFile): [string, TensorLocation][] {
  return [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
}

/** The bytes from `start` to `end`, each time in the same buffer. */
async function* readPieces(
  handle: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  buffer: Uint8Array,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly start: number }> {
  for (let at = start; at < end; at += buffer.byteLength) {
    const bytes = buffer.subarray(0, Math.min(buffer.byteLength, end - at));
    await readInto(handle, at, bytes);
    yield { bytes, start: at };
  }
}

function refuseNotFinite(
  data: Uint8Array,
  about: { path: string; name: string; tensor: TensorLocation; start: number },
): void {
  const { path, name, tensor, start } = about;
  const { dtype, shape } = tensor;
  const found = findNotFinite({ dtype, data });
  if (found < 0) return;
  const size = bytesPerElement(dtype);
  const value = toFloat32({ dtype, data: data.slice(found * size, (found + 1) * size) })[0];
  const index = (start - tensor.start) / size + found;
  const place = shape.length === 0 ? name : `${name}[${describeIndex(index, shape)}]`;
  const description = `is ${value}`;
  throw new Fault(
    'invalid',
    `${path} cannot be used: ${place} ${description}; every weight must be a finite number, so take a checkpoint from before its training diverged`,
    { violations: [{ field: place, description }] },
  );
}

/** `3, 17`: the place of the element that is so many after the first, row-major. */
function describeIndex(position: number, shape: readonly number[]): string {
  let rest = position;
  const index = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return index.reverse().join(', ');
}
