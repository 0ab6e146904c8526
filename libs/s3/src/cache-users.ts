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

let registered: { readonly root: string; readonly done: Promise<void> } | undefined;

/** Says, as long as this process lives, that it uses what it has asked for since now. */
export function registerUser(): Promise<void> {
  const root = openRoot();
  if (registered?.root !== root) registered = { root, done: register() };
  return registered.done;
}

async function register(): Promise<void> {
  await mkdir(locate(), { recursive: true });
  const path = join(locate(), randomUUID());
  await writeFile(path, String(Date.now() - clockSlackMs));
  const beat = () => utimes(path, new Date(), new Date()).catch(() => {});
  setInterval(beat, beatMs).unref();
}

/** Since when the oldest process that lives may use copies, in milliseconds; those that are gone are forgotten. */
export async function findOldestUse(): Promise<number> {
  let oldest = Date.now();
  for (const name of await readdir(locate()).catch(() => [] as string[])) {
    const path = join(locate(), name);
    const [began, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - info.mtimeMs > goneMs) await rm(path, { force: true });
    else oldest = Math.min(oldest, Number(began));
  }
  return oldest;
}
