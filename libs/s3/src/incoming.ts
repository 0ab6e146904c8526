import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listUsers, registerUser } from './cache-users.js';
import { openRoot } from './mirror.js';

/** Where objects lie while they are brought: beside the buckets, none of which begins with a dot, in a folder of each process. */
export function locateIncoming(): string {
  return join(openRoot(), '.incoming');
}

/** This process's folder of what it brings; made where there is none. */
export async function openIncoming(): Promise<string> {
  const folder = join(locateIncoming(), await registerUser());
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes what processes that are gone have left half brought. */
export async function removeLeft(): Promise<void> {
  const names = await readdir(locateIncoming()).catch(() => [] as string[]);
  // Asked second: a process is known before it has a folder.
  const users = await listUsers();
  for (const name of names) {
    if (users.has(name)) continue;
    await rm(join(locateIncoming(), name), { recursive: true, force: true });
  }
}
