import { mkdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Fault, forEachBounded } from '@holdfast/fault';
import { download, type MayChange } from './download.js';
import { listFiles } from './list-files.js';
import { findPlace, formatPlace, isMirrored, isPathLike } from './mirror.js';
import type { ListedObject } from './object-store.js';
import { openBucket } from './open-bucket.js';
import { readCopied, seen } from './records.js';

/** How pulling goes on and may be stopped. */
export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** How a folder is pulled. */
export interface PullFolderOptions extends PullOptions {
  /** Which of these names, with slashes, are wanted; of the others nothing is changed. Default: all. */
  readonly select?: (names: readonly string[]) => readonly string[];
  /** Asked right before each file that is replaced or removed: where it says no, the file stays. Default: yes. */
  readonly mayChange?: MayChange;
}

const downloadsAtOnce = 16;

/**
 * Makes a file of the mirror what its object is, or removes it where there is none; nothing of any other path.
 *
 * @param mayChange as {@link PullFolderOptions.mayChange}
 */
export async function pullFile(path: string, mayChange?: MayChange): Promise<void> {
  if (isMirrored(path)) await download(path, await readCopied(path), mayChange);
}

/** Makes files of the mirror what their objects are. `trusted`: copies are taken as they are, because their content is held against a hash. */
export async function pullFiles(
  paths: readonly string[],
  { signal, onProgress, trusted = false }: PullOptions & { readonly trusted?: boolean } = {},
): Promise<void> {
  const mirrored = paths.filter(isMirrored);
  const bring = async (path: string) => {
    const known = await readCopied(path);
    if (!trusted || known === undefined) await download(path, known);
  };
  await forEachBounded(mirrored, bring, { concurrency: downloadsAtOnce, signal, onProgress });
}

/**
 * Makes a folder of the mirror what the objects below its name are: brings what is not there as it is in the store, and removes what
 * is not in the store. Nothing of any other path. Where there are no objects, there is no folder.
 *
 * @throws Fault `invalid` that names a key that cannot be a path.
 */
export async function pullFolder(
  path: string,
  { select = (names) => names, mayChange = async () => true, ...options }: PullFolderOptions = {},
): Promise<void> {
  const place = findPlace(path);
  if (place === undefined) return;
  const listed = await listBelow(path);
  const wanted = new Set(select([...listed.keys()]));
  const local = (await listFiles(path)).map((file) => relative(path, file).split(sep).join('/'));
  for (const name of select(local)) {
    if (!wanted.has(name) && (await mayChange())) await rm(join(path, name), { force: true });
  }
  const bring = async (name: string) => {
    const file = join(path, name);
    const { etag } = listed.get(name)!;
    if ((await readCopied(file)) === etag) seen.set(file, etag);
    else await download(file, undefined, mayChange);
  };
  await forEachBounded([...wanted], bring, { concurrency: downloadsAtOnce, ...options });
  if (listed.size > 0) await mkdir(path, { recursive: true });
}

/** The objects below a folder's name, by their names from there; markers of empty folders left out. */
export async function listBelow(path: string): Promise<Map<string, ListedObject>> {
  const place = findPlace(path);
  if (place === undefined) return new Map();
  const prefix = place.key === '' ? '' : `${place.key}/`;
  const objects = await openBucket(place.bucket).list(prefix);
  const named = new Map<string, ListedObject>();
  for (const object of objects) {
    if (object.key.endsWith('/')) continue;
    if (!isPathLike(object.key)) {
      const where = formatPlace({ ...place, key: object.key });
      throw new Fault('invalid', `${where} cannot be read: its name cannot be a path`);
    }
    named.set(object.key.slice(prefix.length), object);
  }
  return named;
}

/** The folders right below one of the store's, by their names. */
export async function listFoldersStored(path: string): Promise<string[]> {
  const place = findPlace(path);
  return place === undefined ? [] : openBucket(place.bucket).listFolders(place.key);
}
