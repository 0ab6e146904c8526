import { sha256 } from '@holdfast/artifacts';
import { corruptPixels, type PixelChange } from '@holdfast/corruption';
import { Fault, isFault } from '@holdfast/fault';
import { type ImageLimits, type Preprocessing, prepareImageBytes } from '@holdfast/image';
import { readSampleImage } from './read-sample-image.js';

/** One image to prepare. Plain data: any thread can be asked. */
export interface SampleRequest {
  readonly path: string;
  /** Of the file as the data were read. */
  readonly sha256: string;
  readonly preprocessing: Preprocessing;
  readonly limits: ImageLimits;
  /** What is done to the prepared pixels; absent: nothing. */
  readonly corruption?: PixelChange | undefined;
}

/** Hexadecimal digits of 32 bits. */
const seedDigits = 8;

/** Gives an image's pixels, or why there are none. */
export type PrepareSample = (request: SampleRequest) => Promise<Uint8Array | string>;

/**
 * Reads, decodes and resizes one image, and corrupts it where that is asked for. Its noise is drawn from the file's sha256:
 * it is the same wherever the image lies and whoever asks.
 *
 * @param read reads the file's bytes
 * @returns its pixels, or one sentence that says why it cannot be used
 * @throws Fault `precondition` if it is not the image that was hashed; as `nameUnreadable` if something else than the file keeps it from
 *   being read: nothing may take that for a bad image.
 */
export async function prepareSample(
  { path, sha256: expected, preprocessing, limits, corruption }: SampleRequest,
  read: (path: string, limits: ImageLimits) => Uint8Array | Promise<Uint8Array> = readSampleImage,
): Promise<Uint8Array | string> {
  try {
    const bytes = await read(path, limits);
    if (sha256(bytes) !== expected) {
      throw new Fault('precondition', `the image ${path} changed after the data were read`);
    }
    const data = await prepareImageBytes(bytes, path, preprocessing, limits);
    if (corruption === undefined) return data;
    const { cropHeight: height, cropWidth: width } = preprocessing;
    const seed = Number.parseInt(expected.slice(0, seedDigits), 16);
    return corruptPixels({ height, width, data }, corruption, seed);
  } catch (error) {
    if (isFault(error) && (error.kind === 'invalid' || error.kind === 'not-found')) {
      // The path stands beside the reason wherever that is shown.
      return error.message.replace(`the image ${path} `, '').replace(/^cannot be used: /, '');
    }
    throw error;
  }
}
