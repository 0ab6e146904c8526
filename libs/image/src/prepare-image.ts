import { readFileSync, type Stats, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Fault, isFault, nameUnreadable } from '@holdfast/fault';
import { cropImage } from './crop-image.js';
import { decodeImage } from './decode-image.js';
import { defaultImageLimits, type ImageLimits } from './image-limits.js';
import type { Preprocessing } from './preprocessing.js';
import { resizeShortestEdge } from './resize-shortest-edge.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Reads an image file and brings it to the model's size: RGB, [cropHeight, cropWidth, 3], one byte a
 * value. What Hugging Face's CLIPImageProcessor makes, on Pillow and before rescaling, of the file's
 * RGB pixels: bit-equal wherever the decoders agree bit for bit (all of the fixtures). Transparency is
 * dropped; where transformers blends it, docs/images.md says.
 *
 * @throws Fault `not-found` or `invalid` that names the file and says why it cannot be used; as `nameUnreadable` where that
 *   is not the file's doing.
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
 * @throws Fault as `nameUnreadable` if it cannot be read, `invalid` if it is no file, empty, or too large.
 */
export async function readImageFile(
  file: string,
  limits: ImageLimits = defaultImageLimits,
): Promise<Uint8Array> {
  const info = await stat(file).catch((cause) => refuseUnreadable(file, cause));
  requireUsable(file, info, limits);
  return readFile(file).catch((cause) => refuseUnreadable(file, cause));
}

/** {@link readImageFile} for a thread with nothing else to do: half the cost for a small file. */
export function readImageFileSync(file: string, limits: ImageLimits): Uint8Array {
  try {
    requireUsable(file, statSync(file), limits);
    return readFileSync(file);
  } catch (error) {
    if (isFault(error)) throw error;
    return refuseUnreadable(file, error as NodeJS.ErrnoException);
  }
}

function refuseUnreadable(file: string, cause: NodeJS.ErrnoException): never {
  throw nameUnreadable(cause, `the image ${file}`);
}

function requireUsable(file: string, info: Stats, { fileBytesMax }: ImageLimits): void {
  const reason = describeUnusable(info.isFile(), info.size, fileBytesMax);
  if (reason !== undefined) throw new Fault('invalid', `the image ${file} ${reason}`);
}

function describeUnusable(isFile: boolean, bytes: number, bytesMax: number): string | undefined {
  if (!isFile) return 'is not a file';
  if (bytes === 0) return 'is empty (0 bytes): copy it again, or remove it';
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
    return cropCenter(resizeShortestEdge(image, preprocessing, limits), preprocessing);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.kind, `the image ${name} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

function cropCenter(image: RgbImage, { cropHeight, cropWidth }: Preprocessing): Uint8Array {
  const { height, width } = image;
  if (height < cropHeight || width < cropWidth) {
    throw new Fault(
      'invalid',
      `it is ${width} x ${height}, smaller than the model's ${cropWidth} x ${cropHeight}, and preprocessing does not resize`,
    );
  }
  const top = Math.floor((height - cropHeight) / 2);
  const left = Math.floor((width - cropWidth) / 2);
  return cropImage(image, { top, left, height: cropHeight, width: cropWidth }).data;
}
