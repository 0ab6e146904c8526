import { extname } from 'node:path';

/**
 * Extensions of the formats that are read, as Pillow has them; torchvision's ImageFolder knows .jpg, .jpeg,
 * .png, .tif, .tiff and .webp of these. The content decides how a file is decoded.
 */
const readExtensions = new Set(
  '.jpg .jpeg .jpe .jfif .png .apng .webp .gif .tif .tiff .avif'.split(' '),
);

/** Extensions of images that are not read: worth a word, since somebody may miss them. */
const otherExtensions = new Set(
  '.bmp .dib .ppm .pgm .pbm .pnm .heic .heif .jp2 .j2k .jxl .svg .psd .tga .ico .exr .hdr .npy .pdf'.split(
    ' ',
  ),
);

/** What a file's name says of it, in upper or lower case. */
export function judgeByName(name: string): 'image' | 'other image' | 'no image' {
  const extension = extname(name).toLowerCase();
  if (readExtensions.has(extension)) return 'image';
  return otherExtensions.has(extension) ? 'other image' : 'no image';
}
