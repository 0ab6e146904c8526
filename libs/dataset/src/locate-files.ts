import type { Stats } from 'node:fs';
import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isMirrored, isWithin } from '@holdfast/artifacts';
import { Fault, forEachBounded } from '@holdfast/fault';
import { createProblems } from './problems.js';

/** A path to look up, and where it was named. */
export interface NamedPath {
  readonly place: string;
  readonly path: string;
}

/** A file inside the root. */
export interface LocatedFile {
  /** Real path. */
  readonly path: string;
  readonly bytes: number;
  /** Time of the last change. */
  readonly changedMs: number;
}

/** Enough to keep a network file system busy. */
const concurrency = 16;

/**
 * The real path of a folder that exists.
 *
 * @throws Fault `not-found` or `invalid`.
 */
export async function resolveRoot(root: string): Promise<string> {
  // Of an object store: what lies there is brought later.
  if (isMirrored(root)) await mkdir(root, { recursive: true });
  const real = await realpath(resolve(root)).catch((cause) => {
    throw new Fault('not-found', `the data folder ${root} cannot be read (${cause.code})`, {
      cause,
    });
  });
  if ((await stat(real)).isDirectory()) return real;
  throw new Fault('invalid', `the data root ${root} is not a folder`);
}

/**
 * Finds files and follows every symbolic link; none may lie outside the roots. Relative paths start
 * from the first root. Roots are real paths.
 *
 * @throws Fault `invalid` that names every path that is missing, no file, or outside, in their order.
 */
export async function locateFiles(
  paths: readonly NamedPath[],
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<LocatedFile[]> {
  const folders = new Map<string, Promise<string>>();
  const found: (LocatedFile | string)[] = new Array(paths.length);
  const look = async ({ path }: NamedPath, position: number) => {
    found[position] = await locateFile(resolve(roots[0]!, path), folders);
  };
  await forEachBounded(paths, look, { concurrency, signal });
  const problems = createProblems();
  // Told in the order that they were named in, whichever answer came first.
  const located = paths.flatMap(({ place, path }, position) => {
    const file = found[position]!;
    if (typeof file === 'string') problems.add(place, `${path} ${file}`);
    else if (roots.some((root) => isWithin(file.path, root))) return [file];
    else problems.add(place, `${path} lies outside ${roots.join(', ')}, where images must be`);
    return [];
  });
  problems.throwIfAny('images that cannot be used');
  return located;
}

/** The file, or what is wrong with the path. */
async function locateFile(
  path: string,
  folders: Map<string, Promise<string>>,
): Promise<LocatedFile | string> {
  try {
    return await find(path, folders);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot be read (${code})`;
  }
  // macOS writes an accent as a sign of its own where others write it with its letter.
  for (const form of ['NFC', 'NFD']) {
    const other = path.normalize(form);
    const found = other === path ? undefined : await find(other, folders).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return 'does not exist';
}

async function find(
  path: string,
  folders: Map<string, Promise<string>>,
): Promise<LocatedFile | string> {
  // One look-up a folder instead of one an image.
  const folder = dirname(path);
  if (!folders.has(folder)) folders.set(folder, realpath(folder));
  const direct = join(await folders.get(folder)!, path.slice(folder.length));
  const info = await lstat(direct);
  if (!info.isSymbolicLink()) return describe(direct, info);
  const real = await realpath(direct);
  return describe(real, await stat(real));
}

function describe(path: string, info: Stats): LocatedFile | string {
  if (!info.isFile()) return 'is not a file';
  return { path, bytes: info.size, changedMs: info.mtimeMs };
}
