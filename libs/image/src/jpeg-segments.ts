/** A marker of a JPEG and what stands with it. */
export interface JpegSegment {
  /** Second byte of the marker, after 0xFF. */
  readonly marker: number;
  /** Without marker and length; empty for markers that stand alone; short where the file ends. */
  readonly data: Uint8Array;
  /** Length of the data as stated, whatever of it is there; undefined where the file ends before it. */
  readonly statedLength: number | undefined;
  /** Where the next byte is; beyond the file's end if that cuts the segment. */
  readonly end: number;
}

/** Second bytes of the markers that are looked at. */
export const jpegMarkers = {
  temporary: 0x01,
  startOfFrame: 0xc0,
  huffmanTables: 0xc4,
  jpegExtension: 0xc8,
  arithmeticTables: 0xcc,
  restart: 0xd0,
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantizationTables: 0xdb,
  numberOfLines: 0xdc,
  restartInterval: 0xdd,
  application: 0xe0,
  comment: 0xfe,
} as const;

/**
 * The next marker at or after a position, skipping what is between as libjpeg and Pillow do; undefined if
 * there is none.
 */
export function readJpegSegment(bytes: Uint8Array, from: number): JpegSegment | undefined {
  const at = findJpegMarker(bytes, from);
  if (at === undefined) return undefined;
  const marker = bytes[at]!;
  if (standsAlone(marker)) {
    return { marker, data: bytes.subarray(0, 0), statedLength: 0, end: at + 1 };
  }
  const start = at + 3;
  if (start > bytes.length) {
    return { marker, data: bytes.subarray(0, 0), statedLength: undefined, end: start };
  }
  // A length below 2 counts itself wrongly; there is nothing behind it.
  const statedLength = Math.max(0, bytes[at + 1]! * 256 + bytes[at + 2]! - 2);
  const end = start + statedLength;
  return { marker, data: bytes.subarray(start, end), statedLength, end };
}

/**
 * Where the second byte of the next marker is; undefined if there is none. 0xFF 0x00 is a byte of data,
 * more 0xFF are padding.
 */
export function findJpegMarker(bytes: Uint8Array, from: number): number | undefined {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0) {
    while (bytes[at] === 0xff) at += 1;
    if (at >= bytes.length) return undefined;
    if (bytes[at] !== 0) return at;
    at = bytes.indexOf(0xff, at);
  }
  return undefined;
}

/** The markers before the first scan, its own header the last. */
export function readJpegHeader(bytes: Uint8Array): JpegSegment[] {
  const segments: JpegSegment[] = [];
  let segment = readJpegSegment(bytes, 2);
  while (segment !== undefined) {
    segments.push(segment);
    if (segment.marker === jpegMarkers.startOfScan) break;
    segment = readJpegSegment(bytes, segment.end);
  }
  return segments;
}

/** SOF0 to SOF15, without the three markers between them that are something else. */
export function isStartOfFrame(marker: number): boolean {
  const { startOfFrame, huffmanTables, jpegExtension, arithmeticTables } = jpegMarkers;
  const others: readonly number[] = [huffmanTables, jpegExtension, arithmeticTables];
  return marker >= startOfFrame && marker < jpegMarkers.restart && !others.includes(marker);
}

/** RST0 to RST7. */
export function isRestart(marker: number): boolean {
  return marker >= jpegMarkers.restart && marker < jpegMarkers.startOfImage;
}

function standsAlone(marker: number): boolean {
  const { temporary, startOfImage, endOfImage } = jpegMarkers;
  const alone: readonly number[] = [temporary, startOfImage, endOfImage];
  return alone.includes(marker) || isRestart(marker);
}
