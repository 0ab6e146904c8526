import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRoot } from './mirror.js';

/** How often a process says that it is there. */
const beatMs = 60_000;
/** One that has not said so for as long is gone; an engine may compute for minutes without a pause. */
const goneMs = 15 * beatMs;
/** A file's time can be behind the process that wrote it: kernels keep a coarser clock for files, of up to 10 ms. */
const clockSlackMs = 15;

function locate(): string {
  return join(openRoot(), '.users');
}

let registered: { readonly root: string; readonly name: Promise<string> } | undefined;

/**
 * Says, as long as this process lives, that it uses what it has asked for since now.
 *
 * @returns the name under which {@link listUsers} has it
 */
export function registerUser(): Promise<string> {
  const root = openRoot();
  if (registered?.root !== root) registered = { root, name: register() };
  return registered.name;
}

async function register(): Promise<string> {
  await mkdir(locate(), { recursive: true });
  const name = randomUUID();
  const path = join(locate(), name);
  const began = String(Date.now() - clockSlackMs);
  await writeFile(path, began);
  // One that stood still for long was taken for gone.
  const comeBack = () => writeFile(path, began);
  const beat = () => utimes(path, new Date(), new Date()).catch(comeBack);
  setInterval(() => beat().catch(() => {}), beatMs).unref();
  return name;
}

/** The processes that live, and since when each may use copies, in milliseconds; those that are gone are forgotten. */
export async function listUsers(): Promise<ReadonlyMap<string, number>> {
  const users = new Map<string, number>();
  for (const name of await readdir(locate()).catch(() => [] as string[])) {
    const path = join(locate(), name);
    const info = await stat(path).catch(() => undefined);
    // Forgotten by another process meanwhile.
    if (info === undefined) continue;
    if (Date.now() - info.mtimeMs > goneMs) await rm(path, { force: true });
    else users.set(name, Number(await readFile(path, 'utf8')));
  }
  return users;
}

/** Since when the oldest process that lives may use copies, in milliseconds. */
export async function findOldestUse(): Promise<number> {
  const nowMs = Date.now();
  return Math.min(nowMs, ...(await listUsers()).values());
}
