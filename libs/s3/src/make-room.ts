import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Fault } from '@holdfast/fault';
import { findOldestUse, registerUser } from './cache-users.js';
import { locateIncoming, removeLeft } from './incoming.js';
import { listFiles } from './list-files.js';
import { isMirrored, openRoot } from './mirror.js';
import { forgetCopies, lookUpCopy } from './records.js';

/** Where the environment names no other bound. */
const maxGibDefault = 50;

function readMaxBytes(): number {
  const { HOLDFAST_S3_CACHE_MAX_GIB: named } = process.env;
  const gib = Number(named || maxGibDefault);
  if (gib > 0) return gib * 2 ** 30;
  throw new Fault('invalid', `HOLDFAST_S3_CACHE_MAX_GIB is no size in GiB: '${named}'`);
}

/** Bytes of the mirror as last measured, and what was brought since. */
let used: number | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Room for an object that this process is bringing. */
interface Reservation {
  readonly bytes: number;
}

/** Of the downloads of this process that are under way. */
const reservations = new Set<Reservation>();

/**
 * Makes room in the mirror for an object that is to be brought: copies give way whose last use is longest ago. None that a living process has asked for does,
 * nor what is not in the store as it is here. What is written here is not held back: it lies in the mirror until it gives way as a copy.
 *
 * What this process is bringing counts in full. Of what others bring, only the bytes that had come when this one last measured
 * do: processes that fill one cache at the same time can together pass its bound.
 *
 * @returns what is to be called once the object has come, or cannot come
 * @throws Fault `exhausted` that says what is in use, and what to do.
 */
export function makeRoom(bytes: number): Promise<() => void> {
  const turn = last.then(() => take(bytes));
  last = turn.catch(() => {});
  return turn;
}

async function take(bytes: number): Promise<() => void> {
  const max = readMaxBytes();
  if (used === undefined || used + bytes > max) used = await measure();
  if (used + bytes > max) used -= await evict(used + bytes - max);
  if (used + bytes > max) {
    const [held, bound] = [used, max].map((size) => (size / 2 ** 30).toFixed(1));
    throw new Fault(
      'exhausted',
      `${openRoot()}: no room for an object of ${bytes} bytes: ${held} GiB of ${bound} are in use here; raise HOLDFAST_S3_CACHE_MAX_GIB, or end what uses them`,
    );
  }
  used += bytes;
  const reservation = { bytes };
  reservations.add(reservation);
  return () => void reservations.delete(reservation);
}

/** The bytes of what is here, and of what processes that live are bringing; what others have left half brought is removed. */
async function measure(): Promise<number> {
  await removeLeft();
  for (;;) {
    const begun = [...reservations];
    const bytes = await measureFiles();
    // What came meanwhile may have been measured, too. None begins meanwhile, so that this ends.
    if (begun.every((one) => reservations.has(one)))
      return begun.reduce((sum, one) => sum + one.bytes, bytes);
  }
}

/** The bytes of the files that are here, but for those that this process is bringing. */
async function measureFiles(): Promise<number> {
  const root = openRoot();
  const buckets = (await readdir(root)).filter((name) => !name.startsWith('.'));
  const own = join(locateIncoming(), await registerUser());
  const paths = (await listFiles(locateIncoming())).filter((path) => dirname(path) !== own);
  for (const bucket of buckets) {
    paths.push(...(await listFiles(join(root, bucket))).filter(isMirrored));
  }
  let bytes = 0;
  for (const path of paths) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  return bytes;
}

/** @returns the bytes that gave way. */
async function evict(wanted: number): Promise<number> {
  const root = openRoot();
  const records = join(root, '.etags');
  const found = [];
  for (const record of await listFiles(records)) {
    const usedMs = await readUse(record);
    if (usedMs !== undefined) found.push({ record, usedMs });
  }
  found.sort((a, b) => a.usedMs - b.usedMs);
  const oldest = await findOldestUse();
  let freed = 0;
  for (const { record, usedMs } of found) {
    if (freed >= wanted || usedMs >= oldest) break;
    const path = join(root, relative(records, record));
    const copy = await lookUpCopy(path);
    // Asked for meanwhile by a process that has just begun.
    if (copy === undefined || (await readUse(record)) !== usedMs) continue;
    await rm(path, { force: true });
    await forgetCopies(path);
    freed += copy.bytes;
  }
  return freed;
}

async function readUse(record: string): Promise<number | undefined> {
  return (await stat(record).catch(() => undefined))?.mtimeMs;
}
