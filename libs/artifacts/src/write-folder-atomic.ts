import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nameFullDisk } from '@holdfast/fault';
import { pushFolder } from '@holdfast/s3';
import { type Fence, noFence } from './fence.js';
import { requireReplaceable } from './require-replaceable.js';
import { asCondition, syncFolder } from './write-file-atomic.js';

/**
 * Makes a folder that appears whole or not at all: `write` fills a temporary folder beside the
 * target, whose files are flushed to disk before it takes the target's name. An existing target is
 * replaced, if it is an earlier writing of the same ({@link requireReplaceable}). If anything throws, nothing changes;
 * but an object store, where the path stands for objects, may then have a part: `manifest.json` comes last there.
 *
 * @throws Fault `disk-full` naming the folder where no room is left for it.
 */
export async function writeFolderAtomic<T>(
  target: string,
  write: (temporary: string) => Promise<T>,
  fence: Fence = noFence,
): Promise<T> {
  const parent = dirname(target);
  const temporary = join(parent, `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    await mkdir(parent, { recursive: true });
    await mkdir(temporary);
    const result = await write(temporary);
    await syncFiles(temporary);
    await requireReplaceable(target, temporary);
    await fence();
    await replaceFolder(target, temporary);
    await syncFolder(parent);
    await pushFolder(target, asCondition(fence));
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw nameFullDisk(error, target);
  }
}

async function syncFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncFiles(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A folder cannot be renamed onto a full one, so the old one steps aside, unless the new one was taken away meanwhile. */
async function replaceFolder(target: string, replacement: string): Promise<void> {
  const isFull = await rename(replacement, target).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      // EPERM on Windows.
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code ?? '')) return true;
      throw error;
    },
  );
  if (!isFull) return;
  const aside = join(dirname(target), `.${basename(target)}.${randomUUID()}.old`);
  await rename(target, aside);
  try {
    await rename(replacement, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
