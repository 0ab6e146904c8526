import { type FileHandle, open, rename, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, nameFullDisk } from '@holdfast/fault';
import { pushFile } from '@holdfast/s3';
import { type Fence, noFence } from './fence.js';
import { nameTemporary } from './temporary-name.js';
import { asCondition, syncFolder } from './write-file-atomic.js';

/** A file that grows at its end, opened by its one writer. */
export interface AppendFile {
  /**
   * Appends; on disk, and in the store of what stands for an object, when the promise resolves, not in the file if it rejects: Fault
   * `disk-full` where no room is left. One at a time.
   */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** How long a file was when it was read. */
export interface ReadLength {
  readonly bytes: number;
  /** Of its whole lines; what followed them a crash cut off. */
  readonly wholeBytes: number;
}

/**
 * Opens a file that others may write to, to append to its whole lines.
 *
 * @throws Fault `aborted` where another wrote to it since it was read, and what the fence throws.
 */
export async function openAppendFile(
  path: string,
  { bytes, wholeBytes }: ReadLength,
  fence: Fence = noFence,
): Promise<AppendFile> {
  const file = await open(path, 'a');
  try {
    await fence();
    if ((await file.stat()).size !== bytes) {
      throw new Fault('aborted', `${path} was written by another process meanwhile; try again`);
    }
    // By its name: Windows refuses it to a handle that appends.
    if (wholeBytes < bytes) await truncate(path, wholeBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
  return appendTo(file, { path, bytes: wholeBytes, fence });
}

/**
 * Puts a new file of this content in the place of one, and opens it to append to: who had the old one open writes to
 * a file that has no name any more.
 */
export async function replaceAppendFile(
  path: string,
  content: Uint8Array,
  fence: Fence = noFence,
): Promise<AppendFile> {
  const temporary = join(dirname(path), await nameTemporary());
  const file = await open(temporary, 'ax').catch((error: unknown) => {
    throw nameFullDisk(error, path);
  });
  try {
    await file.appendFile(content);
    await file.sync();
    await fence();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw nameFullDisk(error, path);
  }
  try {
    await syncFolder(dirname(path));
    await pushFile(path, asCondition(fence));
  } catch (error) {
    await file.close();
    throw error;
  }
  return appendTo(file, { path, bytes: content.byteLength, fence });
}

/** A file that is open to append to, and how long it is. */
interface OpenedFile {
  readonly path: string;
  readonly bytes: number;
  readonly fence: Fence;
}

function appendTo(file: FileHandle, { path, bytes, fence }: OpenedFile): AppendFile {
  let length = bytes;
  return {
    async append(text) {
      await fence();
      try {
        await file.appendFile(text);
        await file.sync();
        await pushFile(path, asCondition(fence));
        length += Buffer.byteLength(text);
      } catch (error) {
        // Half a line would spoil the next one, and with it the whole file.
        await file.truncate(length);
        throw nameFullDisk(error, path);
      }
      // Again: what was appended to a file that has lost its name is said to be lost.
      await fence();
    },
    close: () => file.close(),
  };
}
