import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameFullDisk } from '@holdfast/fault';
import { pushFile } from '@holdfast/s3';
import { type Fence, noFence } from './fence.js';
import { nameTemporary } from './temporary-name.js';

/**
 * Writes a file so that a reader, or a machine that loses power, sees the old content or the whole
 * new one: a temporary file beside it, flushed to disk, then renamed. Makes missing folders. Where the path
 * stands for an object, it is in the store when the promise resolves.
 *
 * @throws Fault `disk-full` naming the file where no room is left for it.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  fence: Fence = noFence,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, await nameTemporary());
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await fence();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw nameFullDisk(error, path);
  }
  await syncFolder(folder);
  await pushFile(path, asCondition(fence));
}

/** What writes to an object store are fenced by: a place that nobody else writes to needs nothing. */
export function asCondition(fence: Fence): Fence | undefined {
  return fence === noFence ? undefined : fence;
}

/** Flushes a folder's entries, so that a rename inside it survives a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file; there the rename alone has to do.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
