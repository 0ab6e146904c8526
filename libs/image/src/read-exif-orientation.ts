const orientationTag = 0x0112;

/** Bytes of a value of each TIFF type. */
const valueBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
};

/** SHORT, LONG, their signed kin, and IFD. */
const wholeNumberTypes = [3, 4, 6, 8, 9, 13];

/** What Pillow takes for the start of a TIFF file. */
const headers = ['MM\0*', 'II*\0', 'MM*\0', 'II\0*'];

/**
 * The orientation that EXIF data state: 1 to 8, or whatever number stands there; undefined if none does.
 *
 * Read as Pillow's `Image.Exif` does it: of several values the first, and the directory only up to an
 * entry whose value lies beyond the end.
 *
 * @param exif a TIFF file of its own, with or without `Exif\0\0` before it
 * @returns `broken` if it does not begin like TIFF
 */
export function readExifOrientation(exif: Buffer): number | undefined | 'broken' {
  const tiff = removePrefix(exif);
  if (tiff.length === 0) return undefined;
  if (tiff.length < 8 || !headers.includes(tiff.toString('latin1', 0, 4))) return 'broken';
  const isBigEndian = tiff.toString('latin1', 0, 2) === 'MM';
  const read = (at: number, bytes: number) =>
    isBigEndian ? tiff.readUIntBE(at, bytes) : tiff.readUIntLE(at, bytes);
  const start = read(4, 4);
  if (start + 2 > tiff.length) return undefined;
  const end = start + 2 + 12 * read(start, 2);
  let outsideBytes = 0;
  for (let at = start + 2; at < end && at + 12 <= tiff.length; at += 12) {
    const type = read(at + 2, 2);
    const size = (valueBytes[type] ?? 0) * read(at + 4, 4);
    const isOutside = size > 4;
    if (isOutside) outsideBytes += size;
    if (size === 0 || (isOutside && outsideBytes > tiff.length)) continue;
    const from = isOutside ? read(at + 8, 4) : at + 8;
    if (from + size > tiff.length) return undefined;
    const isFound = read(at, 2) === orientationTag && wholeNumberTypes.includes(type);
    if (isFound) return read(from, valueBytes[type]!);
  }
  return undefined;
}

/** Some writers put the prefix twice. */
function removePrefix(exif: Buffer): Buffer {
  const isPrefixed = (bytes: Buffer) => bytes.toString('latin1', 0, 6) === 'Exif\0\0';
  const once = isPrefixed(exif) ? exif.subarray(6) : exif;
  return isPrefixed(once) ? once.subarray(6) : once;
}
