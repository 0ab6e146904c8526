import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, nameFullDisk } from '@holdfast/fault';
import { explainError } from './explain-error.js';
import { openIncoming } from './incoming.js';
import { makeRoom } from './make-room.js';
import { findPlace, formatPlace } from './mirror.js';
import type { OpenObject } from './object-store.js';
import { openBucket } from './open-bucket.js';
import { recordCopy, seen } from './records.js';

/** Asks whether a file of the mirror may be replaced or removed: another may have begun to write it. */
export type MayChange = () => Promise<boolean>;

/** How often an object is opened again that came damaged or was cut off. */
const attempts = 3;

/**
 * Brings an object into its place in the mirror, unless it is there as it is in the store; a file whose object is gone is removed.
 *
 * @returns the bytes that were read, 0 where none were
 * @throws Fault `invalid` if it is not what its writer wrote, whose sha256 stands beside it, or has not the length that was said.
 */
export async function download(
  path: string,
  known: string | undefined,
  mayChange: MayChange = async () => true,
): Promise<number> {
  const place = findPlace(path)!;
  for (let attempt = 1; ; attempt += 1) {
    const found = await openBucket(place.bucket).open(place.key, known);
    if (found === 'unchanged') {
      seen.set(path, known!);
      return 0;
    }
    if (found === undefined) {
      if (!(await mayChange())) return 0;
      seen.delete(path);
      await removeFile(path);
      return 0;
    }
    try {
      const endReservation = await makeRoom(found.bytes);
      await store(path, found, { mayChange, endReservation }).finally(endReservation);
      return found.bytes;
    } catch (error) {
      found.body.destroy();
      if (isLocal(error)) throw nameFullDisk(error, path);
      if (attempt === attempts) throw explainError(error, place);
    }
  }
}

/** Not a folder: beside the object that is asked for there may be others below its name. */
async function removeFile(path: string): Promise<void> {
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isDirectory()) await rm(path, { force: true });
}

/** Whether this machine is to blame: its disk or the cache is full, say. */
function isLocal(error: unknown): boolean {
  const isFull = error instanceof Fault && error.kind === 'exhausted';
  return isFull || isFileError(error);
}

function isFileError(error: unknown): boolean {
  return ['open', 'write', 'mkdir', 'rename'].includes((error as NodeJS.ErrnoException).syscall!);
}

async function store(
  path: string,
  found: OpenObject,
  { mayChange, endReservation }: { mayChange: MayChange; endReservation(): void },
): Promise<void> {
  const temporary = join(await openIncoming(), randomUUID());
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      done(null, chunk);
    },
  });
  try {
    await pipeline(found.body, count, createWriteStream(temporary));
    requireWhole(path, found, bytes, hash.digest('hex'));
    await mkdir(dirname(path), { recursive: true });
    if (!(await mayChange())) return;
    await rename(temporary, path);
    // From here on it is measured where it lies.
    endReservation();
  } finally {
    await rm(temporary, { force: true });
  }
  await recordCopy(path, found.etag);
  seen.set(path, found.etag);
}

function requireWhole(path: string, found: OpenObject, bytes: number, sha256: string): void {
  const where = formatPlace(findPlace(path)!);
  if (bytes !== found.bytes) {
    throw new Fault('invalid', `${where}: ${bytes} bytes came of ${found.bytes}: it was cut off`);
  }
  if (found.sha256 !== undefined && found.sha256 !== sha256) {
    throw new Fault(
      'invalid',
      `${where} is damaged: it has sha256 ${sha256}, and was written as ${found.sha256}; put another copy there`,
    );
  }
}
