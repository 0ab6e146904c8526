import { inflateSync } from 'node:zlib';
import { Fault } from '@holdfast/fault';
import { jpegMarkers, readJpegHeader } from './jpeg-segments.js';
import { readPngChunks } from './png-chunks.js';
import { readExifOrientation } from './read-exif-orientation.js';
import type { ImageFormat } from './sniff-format.js';

/** Where a file may say how it is to be turned. */
interface OrientationData {
  exif?: Buffer;
  /** A PNG's text of the keyword "Raw profile type exif": ImageMagick's way before there was an eXIf chunk. */
  rawProfile?: string;
  xmp?: string;
  /** A JPEG without a density: Pillow looks for it in the EXIF data early, and forgets them if they are broken. */
  mayBeBroken?: boolean;
}

/** Formats whose orientation is found here; the decoder library sees to the others. */
export type OrientedFormat = 'jpeg' | 'png' | 'webp';

/** Text chunks do not grow beyond this when they are inflated: Pillow's MAX_TEXT_CHUNK. */
const textBytesMax = 2 ** 20;

/** Whether {@link findOrientation} knows a format. */
export function isOrientedFormat(format: ImageFormat): format is OrientedFormat {
  return format === 'jpeg' || format === 'png' || format === 'webp';
}

/**
 * How the pixels of a file are to be turned, as EXIF numbers it: 1 if nothing is said. EXIF data win, then
 * a PNG's raw profile, then XMP, wherever in the file they stand.
 *
 * @throws Fault `invalid` if there are EXIF data that are none; Pillow refuses such an image, too.
 * Source: Pillow 13.0, `Image.getexif`, `PngImagePlugin.py`, `JpegImagePlugin.py`.
 */
export function findOrientation(bytes: Uint8Array, format: OrientedFormat): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = finders[format](buffer);
  const exif = data.exif ?? parseRawProfile(data.rawProfile);
  const orientation = exif && readExifOrientation(exif);
  if (orientation === 'broken') {
    if (data.mayBeBroken) return 1;
    throw new Fault('invalid', 'its EXIF data are broken: remove or repair them');
  }
  return orientation ?? readXmpOrientation(data.xmp ?? '') ?? 1;
}

const finders: Readonly<Record<OrientedFormat, (buffer: Buffer) => OrientationData>> = {
  jpeg: findInJpeg,
  png: findInPng,
  webp: findInWebp,
};

function findInJpeg(buffer: Buffer): OrientationData {
  const found: OrientationData = { mayBeBroken: true };
  const xmpPrefix = 'http://ns.adobe.com/xap/1.0/\0';
  for (const { marker, data } of readJpegHeader(buffer)) {
    if (marker === jpegMarkers.application && statesDensity(data)) found.mayBeBroken = false;
    if (marker !== jpegMarkers.application + 1) continue;
    const content = Buffer.from(data.buffer, data.byteOffset, data.length);
    const text = content.toString('latin1', 0, xmpPrefix.length);
    if (text.startsWith('Exif\0\0')) {
      // Data too long for one segment go on in the next.
      found.exif = found.exif ? Buffer.concat([found.exif, content.subarray(6)]) : content;
    } else if (text === xmpPrefix) {
      found.xmp = content.toString('latin1', xmpPrefix.length);
    }
  }
  return found;
}

/** JFIF in dots per inch or centimetre. */
function statesDensity(data: Uint8Array): boolean {
  const isJfif = Buffer.from(data.subarray(0, 4)).toString('latin1') === 'JFIF';
  return isJfif && data.length >= 12 && (data[7] === 1 || data[7] === 2);
}

function findInPng(buffer: Buffer): OrientationData {
  const found: OrientationData = {};
  for (const { type, content } of readPngChunks(buffer)) {
    if (type === 'eXIf') found.exif = content;
    const { keyword, text } = readText(type, content) ?? {};
    if (text === undefined) continue;
    if (keyword === 'exif' && type === 'tEXt') found.exif = text;
    else if (keyword === 'Raw profile type exif') found.rawProfile = text.toString('latin1');
    else if (keyword === 'XML:com.adobe.xmp') found.xmp = text.toString('latin1');
  }
  return found;
}

/** Keyword and text of a tEXt, zTXt or iTXt chunk; undefined if it is none, or damaged. */
function readText(
  type: string,
  content: Buffer,
): { readonly keyword: string; readonly text: Buffer } | undefined {
  const end = content.indexOf(0);
  if (end < 0 || !['tEXt', 'zTXt', 'iTXt'].includes(type)) return undefined;
  const keyword = content.toString('latin1', 0, end);
  const rest = content.subarray(end + 1);
  if (type === 'tEXt') return { keyword, text: rest };
  if (type === 'zTXt') return withText(keyword, inflate(rest.subarray(1)));
  // Whether and how it is compressed, then a language and the keyword in it.
  const language = rest.indexOf(0, 2);
  const translated = language < 0 ? -1 : rest.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const text = rest.subarray(translated + 1);
  return withText(keyword, rest[0] === 0 ? text : inflate(text));
}

function withText(keyword: string, text: Buffer | undefined) {
  return text && { keyword, text };
}

function inflate(data: Buffer): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: textBytesMax });
  } catch {
    return undefined;
  }
}

/** Three lines, of which the last is a length, then bytes in hexadecimal. */
function parseRawProfile(profile: string | undefined): Buffer | undefined {
  if (profile === undefined) return undefined;
  const digits = profile.split('\n').slice(3).join('').replaceAll(/\s/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new Fault('invalid', 'its EXIF data are broken: remove or repair them');
  }
  return Buffer.from(digits, 'hex');
}

function findInWebp(buffer: Buffer): OrientationData {
  const found: OrientationData = {};
  for (let at = 12; at + 8 <= buffer.length; ) {
    const size = buffer.readUInt32LE(at + 4);
    const type = buffer.toString('latin1', at, at + 4);
    const content = buffer.subarray(at + 8, at + 8 + size);
    if (type === 'EXIF') found.exif ??= content;
    else if (type === 'XMP ') found.xmp ??= content.toString('latin1');
    at += 8 + size + (size % 2);
  }
  return found;
}

function readXmpOrientation(xmp: string): number | undefined {
  const digit = /tiff:Orientation(?:="|>)([0-9])/.exec(xmp)?.[1];
  return digit === undefined ? undefined : Number(digit);
}
