import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { registerUser } from './cache-users.js';
import { openRoot } from './mirror.js';

/** Which object a file of the mirror is a copy of. */
interface Copy {
  readonly etag: string;
  /** Of the file when it was copied: one that was changed since is no copy. */
  readonly bytes: number;
  readonly changedMs: number;
}

/** Beside the buckets, none of which begins with a dot. */
function locate(path: string): string {
  const root = openRoot();
  return join(root, '.etags', relative(root, path));
}

/** Which object a file is a copy of, whichever process made it; undefined where it is none. */
export async function lookUpCopy(path: string): Promise<Copy | undefined> {
  try {
    const [copy, info] = await Promise.all([
      readFile(locate(path), 'utf8').then((text) => JSON.parse(text) as Copy),
      stat(path),
    ]);
    return info.size === copy.bytes && info.mtimeMs === copy.changedMs ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** The mark of the object that a file is a copy of, as {@link lookUpCopy} finds it, for this process to use the file from now on. */
export async function readCopied(path: string): Promise<string | undefined> {
  await registerUser();
  const now = new Date();
  await utimes(locate(path), now, now).catch(() => {});
  return (await lookUpCopy(path))?.etag;
}

/** Remembers which object a file is a copy of. */
export async function recordCopy(path: string, etag: string): Promise<void> {
  const { size: bytes, mtimeMs: changedMs } = await stat(path);
  const copy: Copy = { etag, bytes, changedMs };
  await registerUser();
  await mkdir(dirname(locate(path)), { recursive: true });
  await writeFile(locate(path), JSON.stringify(copy));
}

/** Forgets a file or a folder. */
export async function forgetCopies(path: string): Promise<void> {
  await rm(locate(path), { recursive: true, force: true });
}

/**
 * Marks of objects as this process last saw them, by their path: what it writes under a condition must still be those. Not
 * shared with other processes, for what another one wrote since is what the condition is to find.
 */
export const seen = new Map<string, string>();
