/** The formats that are decoded. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

const signatures: readonly [format: ImageFormat, offset: number, signature: string][] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['gif', 0, 'GIF8'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['webp', 8, 'WEBP'],
  ['avif', 4, 'ftypavif'],
];

/**
 * The format that the first bytes of a file claim; undefined if it is none that is decoded.
 *
 * Asked before the decoder sees a byte: it would also take SVG and other formats that are programs.
 */
export function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return signatures.find(([, offset, signature]) => start.startsWith(signature, offset))?.[0];
}
