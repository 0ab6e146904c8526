import type { FileHandle } from 'node:fs/promises';
import { readExactly } from '@holdfast/artifacts';

/** Reads a file front to back in large pieces, whatever the size of what is asked for. */
export interface FileWindow {
  /** Bytes of the file when it was opened. */
  readonly size: number;
  /** A view, good until the next call. @throws Fault `invalid` if the file ends before. */
  read(position: number, length: number): Promise<Buffer>;
  /** {@link read} of as much as one piece has, at least a byte. */
  readSome(position: number, lengthMax: number): Promise<Buffer>;
}

/** What is held in memory. */
export const windowBytes = 2 ** 20;

/** Makes a window onto an open file. */
export function openWindow(file: FileHandle, size: number): FileWindow {
  let start = 0;
  let held: Buffer = Buffer.alloc(0);
  async function hold(position: number, length: number): Promise<void> {
    if (position >= start && position + length <= start + held.length) return;
    const bytes = Math.max(length, Math.min(windowBytes, size - position));
    held = Buffer.from((await readExactly(file, position, bytes)).buffer);
    start = position;
  }
  return {
    size,
    async read(position, length) {
      await hold(position, length);
      return held.subarray(position - start, position - start + length);
    },
    async readSome(position, lengthMax) {
      await hold(position, 1);
      return held.subarray(position - start, position - start + lengthMax);
    },
  };
}
