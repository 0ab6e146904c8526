import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isInside } from '@holdfast/artifacts';
import type { LocatedFile } from './locate-files.js';

/** Finds one file after another. */
export interface FileFinder {
  /** The file, or what is wrong with the path, in words that follow it. */
  find(path: string): LocatedFile | string;
}

/** Folders whose real path is remembered. */
const foldersMax = 10_000;

/**
 * Finds files as `locateFiles` does, one at a time and at once: for a million files a tenth of the time on a local disk, and
 * no list of them in memory.
 *
 * @param root real path of the folder that relative paths start from and that none may leave
 */
export function createFileFinder(root: string): FileFinder {
  const folders = new Map<string, string>();
  const findFolder = (folder: string): string => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const real = realpathSync(folder);
    if (folders.size >= foldersMax) folders.clear();
    folders.set(folder, real);
    return real;
  };
  const look = (path: string): LocatedFile | string => {
    const folder = dirname(path);
    const direct = join(findFolder(folder), path.slice(folder.length));
    const info = lstatSync(direct);
    if (!info.isSymbolicLink()) return describe(direct, info);
    const real = realpathSync(direct);
    return describe(real, statSync(real));
  };
  const lookInEveryForm = (path: string): LocatedFile | string => {
    try {
      return look(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot be read (${code})`;
    }
    // macOS writes an accent as a sign of its own where others write it with its letter.
    for (const form of ['NFC', 'NFD']) {
      const other = path.normalize(form);
      if (other === path) continue;
      try {
        return look(other);
      } catch {
        // Not in this form either.
      }
    }
    return 'does not exist';
  };
  return {
    find(path) {
      const found = lookInEveryForm(resolve(root, path));
      if (typeof found === 'string' || isInside(found.path, root)) return found;
      return `lies outside ${root}, where images must be`;
    },
  };
}

function describe(path: string, info: Stats): LocatedFile | string {
  if (!info.isFile()) return 'is not a file';
  return { path, bytes: info.size, changedMs: info.mtimeMs };
}
