import { Fault } from '@holdfast/fault';
import {
  createThumbnail,
  defaultImageLimits,
  type ImageLimits,
  readImageFile,
  readImageFileSync,
} from '@holdfast/image';
import { type ArchivePlace, formatPlace, parsePlace } from './archives/archive-place.js';
import { readByteRange, readByteRangeSync } from './archives/read-byte-range.js';
import { readRowImage } from './archives/read-row-image.js';

/**
 * Reads the bytes of a sample's image: a file, or what its archive holds in its place.
 *
 * @param path of a sample
 * @throws Fault as `nameUnreadable` if it cannot be read; `invalid` if it is empty or too large; `precondition` if the archive is
 *   another than that which was read.
 */
export async function readSampleImage(
  path: string,
  limits: ImageLimits = defaultImageLimits,
): Promise<Uint8Array> {
  const place = parsePlace(path);
  if (place === undefined) return readImageFile(path, limits);
  if ('row' in place) return readRow(place, limits);
  requireUsable(path, place.bytes, limits);
  return readByteRange(place);
}

/** {@link readSampleImage} for a thread with nothing else to do: half the cost for a small file. */
export function readSampleImageSync(
  path: string,
  limits: ImageLimits,
): Uint8Array | Promise<Uint8Array> {
  const place = parsePlace(path);
  if (place === undefined) return readImageFileSync(path, limits);
  if ('row' in place) return readRow(place, limits);
  requireUsable(path, place.bytes, limits);
  return readByteRangeSync(place);
}

/** A picture of a sample for a page, as `createThumbnail` makes it; empty where the image cannot be read. */
export async function createSampleThumbnail(path: string, sizePx: number): Promise<string> {
  const bytes = await readSampleImage(path).catch(() => undefined);
  return bytes === undefined ? '' : createThumbnail(bytes, sizePx);
}

async function readRow(
  { archive, row, column }: Extract<ArchivePlace, { row: number }>,
  limits: ImageLimits,
): Promise<Uint8Array> {
  const bytes = await readRowImage(archive, row, column);
  requireUsable(formatPlace({ archive, row, column }), bytes.byteLength, limits);
  return bytes;
}

function requireUsable(path: string, bytes: number, { fileBytesMax }: ImageLimits): void {
  const refuse = (what: string) => {
    throw new Fault('invalid', `the image ${path} ${what}`);
  };
  if (bytes === 0) refuse('is empty (0 bytes): write it again, or leave it out');
  if (bytes > fileBytesMax) refuse(`has ${bytes} bytes, more than the limit ${fileBytesMax}`);
}
