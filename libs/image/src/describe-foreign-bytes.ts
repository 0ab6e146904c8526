/** How files begin that people take for images, in Latin-1, and what to do about them. */
const kinds: readonly [start: RegExp, description: string][] = [
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    'it is a Git LFS pointer, which stands for an image that was not fetched: run "git lfs pull" in its repository',
  ],
  [
    /^(?:\.\.\/)*(?:\.git)?\/annex\/objects\//,
    'it is a git-annex pointer, which stands for an image that was not fetched: run "git annex get" in its repository',
  ],
  [/^\s*(?:<!doctype html|<html)/i, 'it is a web page saved in place of an image: fetch it again'],
  [/^\s*(?:<\?xml|<svg)/i, 'it is an SVG drawing or other XML: save it as PNG'],
  [/^BM/, 'it is a BMP image, which is not read: save it as PNG'],
  [/^P[1-7]\s/, 'it is a PPM, PGM or PBM image, which is not read: save it as PNG'],
  [
    /^.{4}ftyp(?:heic|heix|hevc|mif1|msf1)/s,
    'it is a HEIC image, which is not read: save it as JPEG or PNG',
  ],
  [/^.{4}jP {2}/s, 'it is a JPEG 2000 image, which is not read: save it as PNG'],
  [/^(?:\xff\n|.{4}JXL )/s, 'it is a JPEG XL image, which is not read: save it as PNG'],
  [/^%PDF/, 'it is a PDF document: save its pages as PNG'],
  [/^PK/, 'it is a ZIP archive: unpack it'],
];

/** Bytes that are looked at. */
const startBytes = 256;

/** Says what a file is that is no image that can be read, and what to do about it. */
export function describeForeignBytes(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) {
    return 'it holds zero bytes only, as after a copy that broke off: copy it again';
  }
  const start = Buffer.from(bytes.subarray(0, startBytes)).toString('latin1');
  const known = kinds.find(([pattern]) => pattern.test(start));
  return known?.[1] ?? 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image';
}
