import type { FileHandle } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';

/** Node reads at most 2 GiB at once. */
const readBytesMax = 2 ** 30;

/**
 * Fills `target` from a place in a file.
 *
 * @throws Fault `invalid` if the file ends before.
 */
export async function readInto(
  file: FileHandle,
  position: number,
  target: Uint8Array,
): Promise<void> {
  for (let done = 0; done < target.byteLength; ) {
    const length = Math.min(target.byteLength - done, readBytesMax);
    const { bytesRead } = await file.read(target, done, length, position + done);
    if (bytesRead === 0) throw new Fault('invalid', 'a file became shorter while it was read');
    done += bytesRead;
  }
}

/** Reads so many bytes from a place in a file, as {@link readInto} does. */
export async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await readInto(file, position, bytes);
  return bytes;
}
