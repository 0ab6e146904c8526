const compressionTag = 0x0103;
const photometricTag = 0x0106;
const ycbcr = 6;

/** JPEG within TIFF, old and new: the decoder library converts its colours. */
const jpegCompressions = [6, 7];

/**
 * Why the decoder library would take a TIFF's colours for others: it reads YCbCr that is not compressed as
 * JPEG as if it were RGB. Undefined for every other TIFF.
 *
 * @param bytes a TIFF file; only its first directory is looked at
 */
export function findTiffMisreading(bytes: Uint8Array): string | undefined {
  const { [photometricTag]: photometric, [compressionTag]: compression = 1 } = readShorts(bytes);
  if (photometric !== ycbcr || jpegCompressions.includes(compression)) return undefined;
  return 'it is a TIFF of YCbCr that is not compressed as JPEG: save it as RGB';
}

/** The first directory's entries that are one number of 16 bits, by tag. */
function readShorts(bytes: Uint8Array): Readonly<Record<number, number>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittleEndian = bytes[0] === 0x49;
  const short = (at: number) => view.getUint16(at, isLittleEndian);
  const values: Record<number, number> = {};
  const start = view.byteLength < 8 ? view.byteLength : view.getUint32(4, isLittleEndian);
  if (start + 2 > view.byteLength) return values;
  const end = Math.min(start + 2 + 12 * short(start), view.byteLength - 11);
  for (let at = start + 2; at < end; at += 12) {
    const isOneShort = short(at + 2) === 3 && view.getUint32(at + 4, isLittleEndian) === 1;
    if (isOneShort) values[short(at)] = short(at + 8);
  }
  return values;
}
