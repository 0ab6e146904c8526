import type { Dirent } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { compareText } from './compare-text.js';

/** A file or folder in a folder, symbolic links followed. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** Real path of a folder. */
  readonly realPath: string;
  /** Why it cannot be used, where it is a link. */
  readonly problem?: string;
}

/**
 * Lists a folder in the order of names. A link stands for what it leads to; one that leads nowhere, and one
 * that leads to a folder outside the root, has a problem. (Whether files lie inside is asked of all of
 * them later.)
 *
 * @param folder real path of a folder
 * @throws Fault `not-found` if the folder cannot be read.
 */
export async function listFolder(folder: string, root: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new Fault('not-found', `the folder ${folder} cannot be read (${cause.code})`, { cause });
  });
  entries.sort((a, b) => compareText(a.name, b.name));
  return Promise.all(entries.map((entry) => follow(entry, folder, root)));
}

async function follow(entry: Dirent, folder: string, root: string): Promise<FolderEntry> {
  const { name } = entry;
  const path = join(folder, name);
  if (!entry.isSymbolicLink()) return { name, isFolder: entry.isDirectory(), realPath: path };
  try {
    const realPath = await realpath(path);
    const isFolder = (await stat(realPath)).isDirectory();
    const isOutside = isFolder && !isInside(realPath, root);
    const problem = `is a link to the folder ${realPath}, which lies outside ${root}, where images must be: put the images there, or name a data.root that holds both`;
    return { name, isFolder, realPath, ...(isOutside && { problem }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const target = await readlink(path).catch(() => '?');
    const problem =
      code === 'ELOOP'
        ? 'is a link that leads back to itself'
        : `is a link to ${target}, which does not exist or cannot be read (${code})`;
    return { name, isFolder: false, realPath: path, problem };
  }
}
