import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/**
 * What tells a process from any other of this machine: its number and, where the system says so
 * (Linux), when it started. Numbers are used again; in a container every first process is number 1.
 */
async function identifyProcess(processId: number): Promise<string> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
  // Fields after the name in parentheses; the 20th of them is the start, in ticks since boot.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return started === undefined ? String(processId) : `${processId} ${started}`;
}

/** Number of the process that holds a lock; undefined where that process is gone. */
async function findHolder(content: string): Promise<number | undefined> {
  const processId = Number.parseInt(content, 10);
  if (!Number.isInteger(processId)) return undefined;
  try {
    process.kill(processId, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  return content === (await identifyProcess(processId)) ? processId : undefined;
}

/** Number of the process that holds the lock of this name; undefined where there is none, or that process is gone. */
export async function findLockHolder(path: string): Promise<number | undefined> {
  return findHolder(await readFile(path, 'utf8').catch(() => ''));
}

/** Gives a file a name, unless there is one of it: by a link, so that nobody reads half of it. */
async function publish(file: string, path: string): Promise<boolean> {
  try {
    await link(file, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      // Some file systems have no links.
      return copyFile(file, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function placeLock(path: string): Promise<boolean> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, await identifyProcess(process.pid));
  try {
    return await publish(own, path);
  } finally {
    await rm(own, { force: true });
  }
}

/** Moves a lock aside, and says whose it was: another process may have put its own there meanwhile. */
async function takeAway(path: string): Promise<number | undefined> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const holder = await findHolder(await readFile(aside, 'utf8'));
  if (holder !== undefined) await publish(aside, path);
  await rm(aside);
  return holder;
}

/** A lock that this process took, or who has it. */
export type Lock =
  | { readonly release: () => Promise<void> }
  /** Number of the process that has it; 0 where another took it at the same moment. */
  | { readonly holder: number };

/**
 * Takes a lock file for this process. A lock left by a process that is gone is taken over. A lock of
 * this very process is not given twice.
 */
export async function takeLock(path: string): Promise<Lock> {
  // Twice: once more after a lock that was left behind.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (await placeLock(path)) return { release: () => rm(path, { force: true }) };
    const content = await readFile(path, 'utf8').catch(() => '');
    const holder = (await findHolder(content)) ?? (await takeAway(path));
    if (holder !== undefined) return { holder };
  }
  return { holder: 0 };
}
