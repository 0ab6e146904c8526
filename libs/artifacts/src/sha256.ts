import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { nameUnreadable } from '@holdfast/fault';

/** sha256 of bytes, or of a text in UTF-8, in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * sha256 of a file in hexadecimal, read in pieces.
 *
 * @throws Fault as `nameUnreadable` if the file cannot be read.
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw nameUnreadable(cause as NodeJS.ErrnoException, path);
  }
  return hash.digest('hex');
}
