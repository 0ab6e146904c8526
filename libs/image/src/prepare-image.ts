import { readFile, stat } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';
import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import { defaultImageLimits, type ImageLimits } from './image-limits.js';
import type { Preprocessing } from './preprocessing.js';
import { resizeBicubic } from './resize-bicubic.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Reads an image file and brings it to the model's size: RGB, [cropHeight, cropWidth, 3], one byte a
 * value. Equal to Hugging Face's CLIPImageProcessor (Pillow) before rescaling; where both edges shrink
 * it may differ by 1, on JPEG by 2, of 255.
 *
 * @throws Fault `not-found` or `invalid` that names the file and says why it cannot be used.
 */
export async function prepareImage(
  file: string,
  preprocessing: Preprocessing,
  limits: ImageLimits = defaultImageLimits,
): Promise<Uint8Array> {
  return prepareImageBytes(await readImageFile(file, limits), file, preprocessing, limits);
}

/**
 * Reads an image file's bytes.
 *
 * @throws Fault `not-found` if it cannot be read, `invalid` if it is no file, empty, or too large.
 */
export async function readImageFile(
  file: string,
  { fileBytesMax }: ImageLimits = defaultImageLimits,
): Promise<Uint8Array> {
  const info = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `the image ${file} cannot be read (${cause.code})`, { cause });
  });
  const reason = describeUnusable(info.isFile(), info.size, fileBytesMax);
  if (reason !== undefined) throw new Fault('invalid', `the image ${file} ${reason}`);
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `the image ${file} cannot be read (${cause.code})`, { cause });
  });
}

function describeUnusable(isFile: boolean, bytes: number, bytesMax: number): string | undefined {
  if (!isFile) return 'is not a file';
  if (bytes === 0) return 'is empty';
  return bytes > bytesMax ? `has ${bytes} bytes, more than the limit ${bytesMax}` : undefined;
}

/**
 * {@link prepareImage} of a file's bytes.
 *
 * @param name what to call the image in messages
 */
export async function prepareImageBytes(
  bytes: Uint8Array,
  name: string,
  preprocessing: Preprocessing,
  limits: ImageLimits = defaultImageLimits,
): Promise<Uint8Array> {
  try {
    const image = await decodeImage(bytes, limits);
    return cropCenter(await resizeShortestEdge(image, preprocessing, limits), preprocessing);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.kind, `the image ${name} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

async function resizeShortestEdge(
  image: RgbImage,
  { doResize, shortestEdge }: Preprocessing,
  { pixelsMax }: ImageLimits,
): Promise<RgbImage> {
  const shorter = Math.min(image.height, image.width);
  if (!doResize || shorter === shortestEdge) return image;
  const longer = Math.max(image.height, image.width);
  const resized = Math.trunc((shortestEdge * longer) / shorter);
  if (resized * shortestEdge > pixelsMax) {
    throw new Fault('invalid', `it is ${image.width} x ${image.height}: too elongated`);
  }
  const [height, width] =
    image.width <= image.height ? [resized, shortestEdge] : [shortestEdge, resized];
  const shrinks = height <= image.height && width <= image.width;
  return shrinks ? shrink(image, { height, width }) : resizeBicubic(image, { height, width });
}

/** The decoder's own resampling: off the main thread, and as good as equal when both edges shrink. */
async function shrink(
  { height: rows, width: columns, data }: RgbImage,
  { height, width }: { readonly height: number; readonly width: number },
): Promise<RgbImage> {
  const raw = { width: columns, height: rows, channels: 3 } as const;
  const resized = await sharp(data, { raw, limitInputPixels: false })
    .resize(width, height, { kernel: 'cubic', fit: 'fill' })
    .raw()
    .toBuffer();
  return { height, width, data: resized };
}

function cropCenter(
  { height, width, data }: RgbImage,
  { cropHeight, cropWidth }: Preprocessing,
): Uint8Array {
  if (height < cropHeight || width < cropWidth) {
    throw new Fault(
      'invalid',
      `it is ${width} x ${height}, smaller than the model's ${cropWidth} x ${cropHeight}, and preprocessing does not resize`,
    );
  }
  if (height === cropHeight && width === cropWidth) return data;
  const top = Math.floor((height - cropHeight) / 2);
  const left = Math.floor((width - cropWidth) / 2);
  const pixels = new Uint8Array(cropHeight * cropWidth * 3);
  for (let row = 0; row < cropHeight; row += 1) {
    const from = 3 * ((top + row) * width + left);
    pixels.set(data.subarray(from, from + 3 * cropWidth), 3 * row * cropWidth);
  }
  return pixels;
}
