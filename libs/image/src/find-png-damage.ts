import { crc32 } from 'node:zlib';
import { readPngChunks } from './png-chunks.js';

/**
 * Finds the damage for which Pillow refuses a PNG and the decoder library does not: a wrong checksum of a
 * chunk before the pixels that they can be read without, such as the one that says how to turn them.
 */
export function findPngDamage(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { type, content, end } of readPngChunks(buffer)) {
    if (type === 'IDAT') return undefined;
    const start = end - content.length - 4;
    if (crc32(buffer.subarray(start, end)) !== buffer.readUInt32BE(end)) {
      return `the checksum of its chunk ${type} is wrong`;
    }
  }
  return undefined;
}
