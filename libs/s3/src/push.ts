import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault, forEachBounded } from '@holdfast/fault';
import { listFiles } from './list-files.js';
import { findPlace, formatPlace, toName } from './mirror.js';
import type { ListedObject, WriteCondition } from './object-store.js';
import { openBucket } from './open-bucket.js';
import { listBelow } from './pull.js';
import { forgetCopies, recordCopy, seen } from './records.js';

/** Asks whether this process may still write, and throws where it may not. */
type Fence = () => Promise<void>;

const uploadsAtOnce = 4;
/** How often an object is written that another wrote meanwhile. */
const attempts = 4;

/** A file that says that what lies beside it is whole: it comes last, and goes first. */
const lastName = 'manifest.json';

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What must hold of an object for this process to be the one who wrote it last. */
function conditionOf(path: string): WriteCondition {
  const etag = seen.get(path);
  return etag === undefined ? { absent: true } : { etag };
}

/**
 * Puts a file of the mirror into the store; nothing of any other path, or of what stays on this machine.
 *
 * @param fence of a place with one writer: the object is replaced only if it is as this process last saw it. Where it is not, the
 *   fence is asked; who may still write, writes over what a former one wrote late
 * @throws Fault `aborted` where it is changed each time, and what the fence throws.
 */
export async function pushFile(path: string, fence?: Fence): Promise<void> {
  const place = findPlace(path);
  if (place === undefined) return;
  const store = openBucket(place.bucket);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const file = { path, bytes: (await stat(path)).size, sha256: await hashFile(path) };
    const condition = fence === undefined ? undefined : conditionOf(path);
    const etag = await store.upload(place.key, file, condition);
    if (etag !== undefined) {
      seen.set(path, etag);
      await recordCopy(path, etag);
      return;
    }
    // Another's, or this one's own, whose answer was lost.
    await fence?.();
    const now = (await store.list(place.key)).find(({ key }) => key === place.key);
    if (now === undefined) seen.delete(path);
    else seen.set(path, now.etag);
  }
  throw new Fault('aborted', `${formatPlace(place)} is written by somebody else, too`);
}

/** Puts the files of a folder of the mirror into the store, as {@link pushFile} does; nothing that the store has beside is touched. */
export async function pushFolder(path: string, fence?: Fence): Promise<void> {
  if (findPlace(path) === undefined) return;
  const files = await listFiles(path);
  const isLast = (file: string) => basename(file) === lastName;
  await forEachBounded(
    files.filter((file) => !isLast(file)),
    (file) => pushFile(file, fence),
    { concurrency: uploadsAtOnce },
  );
  for (const file of files.filter(isLast)) await pushFile(file, fence);
}

/**
 * Removes a file or folder, in the store too where it stands for objects.
 *
 * @param fence of a place with one writer, asked before each request that removes: a removal has no condition that every store heeds
 */
export async function removeStored(path: string, fence?: Fence): Promise<void> {
  const place = findPlace(path);
  if (place !== undefined) {
    const below = [...(await listBelow(path)).keys()].map((name) => join(path, name));
    await removeObjects(
      below.filter((file) => basename(file) === lastName),
      fence,
    );
    await removeObjects([...below.filter((file) => basename(file) !== lastName), path], fence);
    await forgetCopies(path);
  }
  await fence?.();
  await rm(path, { recursive: true, force: true });
}

async function removeObjects(paths: readonly string[], fence?: Fence): Promise<void> {
  if (paths.length === 0) return;
  await fence?.();
  const places = paths.map((path) => findPlace(path)!);
  await openBucket(places[0]!.bucket).remove(places.map(({ key }) => key));
  for (const path of paths) seen.delete(path);
}

/**
 * Makes a name in the store that nobody else made.
 *
 * @param left what somebody left there: that is replaced, by one of those who try
 * @throws Fault `precondition` where somebody did.
 */
export async function claimStored(path: string, left?: ListedObject): Promise<void> {
  const place = findPlace(path);
  if (place === undefined) return;
  const store = openBucket(place.bucket);
  const text = `claimed ${randomUUID()}\n`;
  const condition = left === undefined ? { absent: true as const } : { etag: left.etag };
  if ((await store.write(place.key, text, condition)) !== undefined) return;
  // It may be this one's own, whose answer was lost.
  const found = await store.read(place.key);
  if (found?.text !== text) throw new Fault('precondition', `${toName(path)} is taken already`);
}
