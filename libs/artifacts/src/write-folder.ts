import { mkdir } from 'node:fs/promises';
import { isMirrored, removeStored } from '@holdfast/s3';
import { type Fence, noFence } from './fence.js';
import { writeFolderAtomic } from './write-folder-atomic.js';

/**
 * As {@link writeFolderAtomic}, of a folder that several processes fill. An object store has no rename, and its clients
 * share no folder: there `write` fills the target in place, and whoever reads it must find a last file that says that it is whole.
 */
export async function writeFolder<T>(
  target: string,
  write: (folder: string) => Promise<T>,
  fence: Fence = noFence,
): Promise<T> {
  if (!isMirrored(target)) return writeFolderAtomic(target, write, fence);
  await removeStored(target, fence);
  await mkdir(target, { recursive: true });
  return write(target);
}
