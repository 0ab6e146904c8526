import { crc32, inflateSync } from 'node:zlib';
import { readPngChunks } from './png-chunks.js';
import type { RgbImage } from './rgb-image.js';

/** Above this the decoder library's threads win over our main thread. */
const smallPixelsMax = 256 * 256;

/** Bytes of a pixel by PNG colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const pixelBytes: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly colourType: number;
}

/**
 * Decodes a small, ordinary PNG: 8 bits a channel, not interlaced, every checksum right. It takes a
 * tenth of the decoder library's time, which for icons is nearly all overhead. It does not turn it upright.
 *
 * Gives undefined for anything else, damaged files included: the decoder library has the last word.
 */
export function decodeSmallPng(bytes: Uint8Array): RgbImage | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(buffer);
  const chunks = header && readChunks(buffer);
  if (header === undefined || chunks === undefined) return undefined;
  const rows = inflateRows(header, chunks.data);
  if (rows === undefined || !removeFilters(header, rows)) return undefined;
  return expandToRgb(header, rows, chunks.palette);
}

function readHeader(buffer: Buffer): PngHeader | undefined {
  const isPng = buffer.length > 33 && buffer.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n';
  if (!isPng || buffer.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const [width, height] = [buffer.readUInt32BE(16), buffer.readUInt32BE(20)];
  const [depth, colourType, compression, filter, interlace] = buffer.subarray(24, 29);
  const isOrdinary = depth === 8 && compression === 0 && filter === 0 && interlace === 0;
  const isSmall = width > 0 && height > 0 && width * height <= smallPixelsMax;
  if (!isOrdinary || !isSmall || pixelBytes[colourType!] === undefined) return undefined;
  return { width, height, colourType: colourType! };
}

interface PngChunks {
  readonly data: Buffer;
  readonly palette: Buffer;
}

/** The image data and the palette; undefined if a chunk is damaged, not known but needed, or missing. */
function readChunks(buffer: Buffer): PngChunks | undefined {
  const data: Buffer[] = [];
  let palette: Buffer = Buffer.alloc(0);
  for (const { type, content, end } of readPngChunks(buffer)) {
    const start = end - content.length - 4;
    if (crc32(buffer.subarray(start, end)) !== buffer.readUInt32BE(end)) return undefined;
    if (type === 'IEND') return { data: Buffer.concat(data), palette };
    if (type === 'IDAT') data.push(content);
    else if (type === 'PLTE') palette = content;
    // An upper-case first letter marks a chunk without which the image cannot be understood.
    else if (type !== 'IHDR' && type < 'a') return undefined;
  }
  return undefined;
}

function inflateRows({ width, height, colourType }: PngHeader, data: Buffer): Buffer | undefined {
  const length = height * (1 + width * pixelBytes[colourType]!);
  try {
    const rows = inflateSync(data, { maxOutputLength: length });
    return rows.length === length ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** Undoes the filter of each row in place; false if there is none of that number. */
function removeFilters({ width, height, colourType }: PngHeader, rows: Buffer): boolean {
  const step = pixelBytes[colourType]!;
  const stride = 1 + width * step;
  for (let row = 0; row < height; row += 1) {
    const start = row * stride + 1;
    const filter = rows[start - 1]!;
    if (filter > 4) return false;
    if (filter === 0) continue;
    for (let i = start; i < start + stride - 1; i += 1) {
      const left = i - step < start ? 0 : rows[i - step]!;
      const up = row === 0 ? 0 : rows[i - stride]!;
      const corner = row === 0 || i - step < start ? 0 : rows[i - stride - step]!;
      rows[i] = rows[i]! + predict(filter, left, up, corner);
    }
  }
  return true;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function expandToRgb(
  { width, height, colourType }: PngHeader,
  rows: Buffer,
  palette: Buffer,
): RgbImage | undefined {
  const step = pixelBytes[colourType]!;
  const data = new Uint8Array(3 * width * height);
  let to = 0;
  for (let row = 0; row < height; row += 1) {
    let from = row * (1 + width * step) + 1;
    for (let column = 0; column < width; column += 1, from += step, to += 3) {
      if (colourType === 2 || colourType === 6) {
        data[to] = rows[from]!;
        data[to + 1] = rows[from + 1]!;
        data[to + 2] = rows[from + 2]!;
      } else if (colourType === 3) {
        const entry = 3 * rows[from]!;
        if (entry + 3 > palette.length) return undefined;
        data.set(palette.subarray(entry, entry + 3), to);
      } else {
        data.fill(rows[from]!, to, to + 3);
      }
    }
  }
  return { height, width, data };
}
