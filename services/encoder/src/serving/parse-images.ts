import { isS3Uri } from '@holdfast/artifacts';
import type { ClipDirectory } from '@holdfast/clip';
import { defaultImageLimits } from '@holdfast/image';
import type { Image } from '@holdfast/proto/holdfast/serving/v1/serving';
import { DataType, type Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { confineUri } from '@holdfast/run-kit';
import type { ViolationCollector } from '@holdfast/service-kit';

/** Images of a request, checked. */
export type ImageInput =
  | { readonly count: number; readonly files: readonly (Uint8Array | string)[] }
  | {
      readonly count: number;
      /** Float32, little-endian, wherever they begin. */
      readonly pixels: Uint8Array;
    };

const { fileBytesMax } = defaultImageLimits;

/** Images of one request. */
export const imagesMax = 1024;

/** What a request's fields are checked against. */
export interface InputContext {
  readonly directory: ClipDirectory;
  readonly roots: readonly string[];
  readonly violations: ViolationCollector;
}

/** Files or pixels; undefined where there are neither. What is wrong goes to `violations`. */
export async function parseImages(
  images: readonly Image[],
  tensor: Tensor | undefined,
  context: InputContext,
): Promise<ImageInput | undefined> {
  const { violations } = context;
  if (tensor !== undefined) {
    violations.require(
      images.length === 0,
      'images',
      'stand beside pixel_values: give one of both',
    );
    return parsePixels(tensor, context);
  }
  if (images.length === 0) return undefined;
  const fits = images.length <= imagesMax;
  violations.require(fits, 'images', `has ${images.length}, more than ${imagesMax}`);
  if (!fits) return undefined;
  const files: (Uint8Array | string)[] = [];
  for (const [i, image] of images.entries()) files.push(await parseImage(image, i, context));
  return { count: files.length, files };
}

async function parseImage(
  { source }: Image,
  index: number,
  { roots, violations }: InputContext,
): Promise<Uint8Array | string> {
  const field = `images[${index}]`;
  switch (source?.$case) {
    case 'data':
      violations.require(
        source.value.byteLength > 0 && source.value.byteLength <= fileBytesMax,
        `${field}.data`,
        `has ${source.value.byteLength} bytes, not 1 to ${fileBytesMax}`,
      );
      return source.value;
    case 'uri':
      if (isS3Uri(source.value)) {
        const reason = 'names an object, which is not brought for a request';
        const instead = 'send its bytes as data, or a file: URI inside the roots';
        violations.add(`${field}.uri`, `${reason}: ${instead}`);
        return '';
      }
      return confineUri(source.value, `${field}.uri`, { roots, violations });
    case undefined:
      violations.add(field, 'has neither data nor uri');
      return '';
  }
}

function parsePixels(
  { dataType, shape, data }: Tensor,
  { directory, violations }: InputContext,
): ImageInput | undefined {
  const { channels, imageSize } = directory.config.vision;
  const [count = 0, ...image] = shape;
  const elements = channels * imageSize ** 2;
  const isFloat = dataType === DataType.DATA_TYPE_FLOAT32;
  const fits = image.join() === [channels, imageSize, imageSize].join();
  const wanted = `[images, ${channels}, ${imageSize}, ${imageSize}]`;
  const field = 'pixel_values';
  const isRight = [
    violations.require(isFloat, `${field}.data_type`, 'must be FLOAT32'),
    violations.require(fits, `${field}.shape`, `is [${shape.join(', ')}], not ${wanted}`),
    violations.require(count <= imagesMax, field, `has ${count} images, more than ${imagesMax}`),
  ].every(Boolean);
  if (!isRight || count === 0) return undefined;
  const bytes = 4 * count * elements;
  const isWhole = data.byteLength === bytes;
  violations.require(isWhole, `${field}.data`, `needs ${bytes} bytes, has ${data.byteLength}`);
  if (!isWhole) return undefined;
  violations.require(areFinite(data), `${field}.data`, 'holds a number that is not finite');
  return { count, pixels: data };
}

/** Whether no float32 of some bytes has the exponent of infinity and NaN; without a copy, aligned or not. */
function areFinite(bytes: Uint8Array): boolean {
  for (let at = 3; at < bytes.length; at += 4) {
    if ((bytes[at]! & 0x7f) === 0x7f && (bytes[at - 1]! & 0x80) === 0x80) return false;
  }
  return true;
}
