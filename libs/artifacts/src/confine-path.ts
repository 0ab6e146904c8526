import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { Fault } from '@holdfast/fault';
import { isMirrored, resolveName, toName } from '@holdfast/s3';
import { isInside } from './is-inside.js';

/**
 * The real path of `path` (absolute, or relative to the first root), with every symbolic link
 * followed. What does not exist yet is allowed: its nearest existing ancestor is what must lie
 * inside. Paths and roots may be `s3:` URIs, and the answer is then the path in the mirror that stands for it.
 *
 * @throws Fault `invalid` if it lies outside all roots, leads over a link to nowhere, or holds a null
 *   character.
 */
export async function confinePath(path: string, roots: readonly string[]): Promise<string> {
  if (path.includes('\0')) throw new Fault('invalid', 'a path holds a null character');
  const real = await resolveExisting(resolveName(resolveName('.', roots[0] ?? '.'), path));
  for (const root of roots) {
    const folder = await resolveExisting(resolveName('.', root));
    if (isWithin(real, folder)) return real;
  }
  throw new Fault(
    'invalid',
    `${toName(path)} lies outside the folders that may be used here (${roots.join(', ') || 'none'})`,
  );
}

/**
 * Whether a folder gives way to a path, both real: it lies inside, and is no object that is there because the folder happens to
 * have the mirror in it. The machine's root stands for everything.
 */
export function isWithin(path: string, folder: string): boolean {
  if (!isInside(path, folder)) return false;
  return !isMirrored(path) || isMirrored(folder) || folder === parse(folder).root;
}

/** Real path of the nearest existing ancestor, with the rest put back. */
async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) {
      throw new Fault('invalid', `${path} cannot be used as a path: ${message}`, { cause: error });
    }
    // Whatever is made there would be made where the link leads.
    if (await lstat(path).catch(() => undefined)) {
      throw new Fault('invalid', `${path} is a link to something that does not exist`);
    }
    return join(await resolveExisting(parent), basename(path));
  }
}
