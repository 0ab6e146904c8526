import {
  findJpegMarker,
  isRestart,
  isStartOfFrame,
  type JpegSegment,
  jpegMarkers,
  readJpegHeader,
  readJpegSegment,
} from './jpeg-segments.js';

/** What the frame's header says, as far as it decides what follows. */
interface JpegFrame {
  readonly height: number;
  readonly width: number;
  readonly isProgressive: boolean;
  /** Sampling factors of each component. */
  readonly factors: readonly { readonly across: number; readonly down: number }[];
}

/** Pillow reads a file in blocks of this size. */
const blockBytes = 65_536;

/**
 * Finds the damage for which Pillow refuses a JPEG and which the decoder library does not look at: what
 * stands after the pixels of an image of one scan. Pillow has libjpeg read on to the end marker; a marker
 * that may not be there means that the scan was cut short by it, and that the pixels behind are made up.
 *
 * Where pixels end does not depend on them: the decoder stops at the first marker after the scan's start
 * or, with restart markers, where libjpeg gets back into step. That the end marker is missing is no damage
 * to Pillow as long as every line is there.
 *
 * @returns what is wrong, or undefined: nothing, or what the decoder library says itself
 * Source: libjpeg-turbo, `jdmarker.c` (`read_markers`, `jpeg_resync_to_restart`), `jdinput.c`
 *   (`consume_markers`); Pillow 13.0, `JpegImagePlugin.py` and `JpegDecode.c`.
 */
export function findJpegDamage(bytes: Uint8Array): string | undefined {
  const header = readJpegHeader(bytes);
  const scan = header.at(-1);
  if (scan?.marker !== jpegMarkers.startOfScan) return undefined;
  if (header.some(({ marker }) => marker === jpegMarkers.temporary)) {
    return nameMarker(jpegMarkers.temporary);
  }
  const frame = readFrame(header.find(({ marker }) => isStartOfFrame(marker)));
  if (frame === undefined) return undefined;
  const count = frame.factors.length;
  if (![1, 3, 4].includes(count)) return `it has ${count} components; 1, 3 or 4 are read`;
  // The decoder library reads all scans of such an image before it gives a pixel.
  if (frame.isProgressive || (scan.data[0] ?? 0) < count) return undefined;
  const interval = readRestartInterval(header);
  const restarts = interval === 0 ? 0 : Math.ceil(countUnits(frame) / interval) - 1;
  const end = skipRestarts(bytes, scan.end, restarts);
  // Where the last line is there, Pillow does not fetch the file's next block to look for the end.
  const blocks = Math.ceil(((findJpegMarker(bytes, end) ?? end) + 1) / blockBytes);
  return findDamageAfter(bytes.subarray(0, blocks * blockBytes), end);
}

function readFrame(segment: JpegSegment | undefined): JpegFrame | undefined {
  const data = segment?.data;
  if (segment === undefined || data === undefined || data.length < 6) return undefined;
  const count = data[5]!;
  if (data.length !== 6 + 3 * count) return undefined;
  const factors = Array.from({ length: count }, (_, i) => {
    const byte = data[7 + 3 * i]!;
    return { across: byte >> 4, down: byte & 15 };
  });
  return {
    height: data[1]! * 256 + data[2]!,
    width: data[3]! * 256 + data[4]!,
    isProgressive: [0xc2, 0xca].includes(segment.marker),
    factors,
  };
}

function readRestartInterval(header: readonly JpegSegment[]): number {
  const last = header.findLast(({ marker }) => marker === jpegMarkers.restartInterval);
  return last === undefined ? 0 : (last.data[0] ?? 0) * 256 + (last.data[1] ?? 0);
}

/** Minimum coded units of a scan of all components. */
function countUnits({ height, width, factors }: JpegFrame): number {
  const isSingle = factors.length === 1;
  const side = (pixels: number, key: 'across' | 'down') =>
    Math.ceil(pixels / (8 * (isSingle ? 1 : Math.max(...factors.map((each) => each[key])))));
  return side(width, 'across') * side(height, 'down');
}

/**
 * Where libjpeg goes on to look for markers after a scan with this many restarts: behind the last one
 * that it took, or at the marker that it would not pass.
 */
function skipRestarts(bytes: Uint8Array, from: number, restarts: number): number {
  let at = from;
  for (let i = 0; i < restarts; i += 1) {
    const judge = (place: number) => judgeRestart(bytes[place]!, i % 8);
    let found = findJpegMarker(bytes, at);
    while (found !== undefined && judge(found) === 'skip') found = findJpegMarker(bytes, found + 1);
    if (found === undefined) return bytes.length;
    at = judge(found) === 'take' ? found + 1 : found - 1;
  }
  return at;
}

/** What libjpeg does with a marker where it expects restart marker `expected`. */
function judgeRestart(marker: number, expected: number): 'take' | 'skip' | 'wait' {
  if (marker < jpegMarkers.startOfFrame) return 'skip';
  if (!isRestart(marker)) return 'wait';
  const ahead = (marker - jpegMarkers.restart - expected + 8) % 8;
  if (ahead === 1 || ahead === 2) return 'wait';
  return ahead === 6 || ahead === 7 ? 'skip' : 'take';
}

/** What stands among the markers that follow a scan and may not; up to the end marker or the file's end. */
function findDamageAfter(bytes: Uint8Array, from: number): string | undefined {
  let segment = readJpegSegment(bytes, from);
  while (segment !== undefined) {
    const { marker, statedLength, end } = segment;
    if (marker === jpegMarkers.endOfImage) return undefined;
    const rest = bytes.subarray(end - (statedLength ?? 0));
    if (!mayFollowScan(marker, rest, statedLength)) return nameMarker(marker);
    segment = readJpegSegment(bytes, end);
  }
  return undefined;
}

/** Whether libjpeg reads on over a marker that follows the only scan. */
function mayFollowScan(marker: number, rest: Uint8Array, length: number | undefined): boolean {
  const { temporary, numberOfLines, comment, application } = jpegMarkers;
  if (marker === temporary || isRestart(marker)) return true;
  if (marker === numberOfLines || marker === comment) return true;
  if (marker >= application && marker < application + 16) return true;
  const isTable = tableChecks.get(marker);
  return isTable !== undefined && (length === undefined || isTable(rest, length));
}

/**
 * Whether the first `length` bytes are tables to libjpeg; `rest` is all that is left of the file, and what
 * is not there is not judged.
 */
type TableCheck = (rest: Uint8Array, length: number) => boolean;

const tableChecks: ReadonlyMap<number, TableCheck> = new Map([
  [jpegMarkers.restartInterval, (_, length) => length === 2],
  [jpegMarkers.huffmanTables, areHuffmanTables],
  [jpegMarkers.quantizationTables, areQuantizationTables],
  [jpegMarkers.arithmeticTables, areArithmeticTables],
] as const);

function areHuffmanTables(rest: Uint8Array, length: number): boolean {
  let at = 0;
  while (length - at > 16) {
    if (at + 17 > rest.length) return true;
    const index = rest[at]!;
    const count = rest.subarray(at + 1, at + 17).reduce((sum, codes) => sum + codes, 0);
    at += 17 + count;
    if (count > 256 || at > length) return false;
    if (at > rest.length) return true;
    if ((index & ~0x10) > 3) return false;
  }
  return at === length;
}

function areQuantizationTables(rest: Uint8Array, length: number): boolean {
  let at = 0;
  while (at < length) {
    if (at >= rest.length) return true;
    if ((rest[at]! & 15) > 3) return false;
    at += rest[at]! > 15 ? 129 : 65;
  }
  return at === length || at > rest.length;
}

function areArithmeticTables(rest: Uint8Array, length: number): boolean {
  for (let at = 0; at < length; at += 2) {
    if (at + 2 > rest.length) return true;
    const [index, value] = [rest[at]!, rest[at + 1]!];
    if (index > 31 || (index < 16 && (value & 15) > value >> 4)) return false;
  }
  return length % 2 === 0;
}

function nameMarker(marker: number): string {
  return `the marker FF ${marker.toString(16).toUpperCase().padStart(2, '0')} stands where it cannot be, so that its pixels are not whole`;
}
