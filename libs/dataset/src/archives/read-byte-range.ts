import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Fault, nameUnreadable } from '@holdfast/fault';

/** Bytes of a file that lie together. */
export interface ByteRange {
  readonly archive: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads a part of an archive.
 *
 * @throws Fault as `nameUnreadable` if it cannot be opened, `precondition` if it has become shorter.
 */
export async function readByteRange(range: ByteRange): Promise<Uint8Array> {
  const { archive, offset, bytes } = range;
  const file = await open(archive, 'r').catch((cause) => refuseUnreadable(archive, cause));
  try {
    const content = new Uint8Array(bytes);
    const { bytesRead } = await file.read(content, 0, bytes, offset);
    return requireWhole(content, bytesRead, range);
  } finally {
    await file.close();
  }
}

/** {@link readByteRange} for a thread with nothing else to do. */
export function readByteRangeSync(range: ByteRange): Uint8Array {
  const { archive, offset, bytes } = range;
  const file = openForReading(archive);
  try {
    const content = new Uint8Array(bytes);
    return requireWhole(content, readSync(file, content, 0, bytes, offset), range);
  } finally {
    closeSync(file);
  }
}

function openForReading(archive: string): number {
  try {
    return openSync(archive, 'r');
  } catch (error) {
    return refuseUnreadable(archive, error as NodeJS.ErrnoException);
  }
}

function refuseUnreadable(archive: string, cause: NodeJS.ErrnoException): never {
  throw nameUnreadable(cause, `the archive ${archive}`);
}

function requireWhole(content: Uint8Array, count: number, { archive, bytes }: ByteRange) {
  if (count === bytes) return content;
  throw new Fault('precondition', `the archive ${archive} became shorter after the data were read`);
}
