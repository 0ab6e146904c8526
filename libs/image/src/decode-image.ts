import { Fault } from '@holdfast/fault';
import type { Sharp } from 'sharp';
import { convertCmyk, convertGrey16 } from './convert-to-rgb.js';
import { decodeSmallPng } from './decode-small-png.js';
import { describeForeignBytes } from './describe-foreign-bytes.js';
import { findJpegDamage } from './find-jpeg-damage.js';
import { findOrientation, isOrientedFormat } from './find-orientation.js';
import { findPixelLayout, type PixelLayout } from './find-pixel-layout.js';
import { findPngDamage } from './find-png-damage.js';
import { findTiffMisreading } from './find-tiff-misreading.js';
import type { ImageLimits } from './image-limits.js';
import { loadSharp } from './load-sharp.js';
import { orientImage } from './orient-image.js';
import type { RgbImage } from './rgb-image.js';
import { type ImageFormat, sniffFormat } from './sniff-format.js';

/**
 * Decodes an image to 8-bit RGB as transformers' `load_image` does with Pillow: turned upright where EXIF
 * or XMP say so, the colour profile ignored, transparency dropped and not blended, of an animation the
 * first frame, CMYK converted without a profile, and 16-bit grey cut off at 255.
 *
 * @throws Fault `invalid` that says why the bytes cannot be used; the caller names the file.
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits): Promise<RgbImage> {
  const format = sniffFormat(bytes);
  if (format === undefined) throw new Fault('invalid', describeForeignBytes(bytes));
  if (!isOrientedFormat(format)) return decodeFormat(bytes, format, limits);
  const orientation = findOrientation(bytes, format);
  return orientImage(await decodeFormat(bytes, format, limits), orientation);
}

async function decodeFormat(
  bytes: Uint8Array,
  format: ImageFormat,
  limits: ImageLimits,
): Promise<RgbImage> {
  const small = format === 'png' ? decodeSmallPng(bytes) : undefined;
  if (small !== undefined && small.height * small.width <= limits.pixelsMax) return small;
  const damage = findDamage(bytes, format);
  if (damage !== undefined) throw new Fault('invalid', `it is damaged: ${damage}`);
  const misreading = format === 'tiff' ? findTiffMisreading(bytes) : undefined;
  if (misreading !== undefined) throw new Fault('invalid', misreading);
  const sharp = await loadSharp();
  // A profile changes values by up to 77 of 255; Pillow and therefore the trained model never saw that.
  const image = sharp(bytes, {
    autoOrient: !isOrientedFormat(format),
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: limits.pixelsMax,
  });
  try {
    const layout = findPixelLayout(bytes, format);
    return await decodeLayout(image, layout === 'unknown' ? await askLayout(image) : layout);
  } catch (cause) {
    throw describeFailure(cause, limits);
  }
}

function findDamage(bytes: Uint8Array, format: ImageFormat): string | undefined {
  if (format === 'jpeg') return findJpegDamage(bytes);
  return format === 'png' ? findPngDamage(bytes) : undefined;
}

async function askLayout(image: Sharp): Promise<PixelLayout> {
  const { space, depth } = await image.metadata();
  if (space === 'cmyk') return 'cmyk';
  return space === 'grey16' && depth === 'ushort' ? 'grey16' : 'rgb';
}

async function decodeLayout(image: Sharp, layout: PixelLayout): Promise<RgbImage> {
  if (layout === 'cmyk') return convertCmyk(await readRaw(inSpace(image, 'cmyk'), 'uchar'));
  if (layout === 'grey16') {
    return convertGrey16(await readRaw(inSpace(image, 'grey16').removeAlpha(), 'ushort'));
  }
  return readRaw(image.removeAlpha().toColourspace('srgb'), 'uchar');
}

function inSpace(image: Sharp, space: string): Sharp {
  return image.pipelineColourspace(space).toColourspace(space);
}

async function readRaw(image: Sharp, depth: 'uchar' | 'ushort'): Promise<RgbImage> {
  const { data, info } = await image.raw({ depth }).toBuffer({ resolveWithObject: true });
  return { height: info.height, width: info.width, data };
}

function describeFailure(cause: unknown, { pixelsMax }: ImageLimits): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isTooLarge = reason.includes('exceeds pixel limit');
  const message = isTooLarge
    ? `it has more than ${pixelsMax} pixels`
    : // Warnings come first, the error last.
      `it cannot be decoded (${reason.trim().split('\n').at(-1)})`;
  return new Fault('invalid', message, { cause });
}
