import { sha256 } from '@holdfast/artifacts';
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
}

/** Gives an image's pixels, or why there are none. */
export type PrepareSample = (request: SampleRequest) => Promise<Uint8Array | string>;

/**
 * Reads, decodes and resizes one image.
 *
 * @param read reads the file's bytes
 * @returns its pixels, or one sentence that says why it cannot be used
 * @throws Fault `precondition` if it is not the image that was hashed.
 */
export async function prepareSample(
  { path, sha256: expected, preprocessing, limits }: SampleRequest,
  read: (path: string, limits: ImageLimits) => Uint8Array | Promise<Uint8Array> = readSampleImage,
): Promise<Uint8Array | string> {
  try {
    const bytes = await read(path, limits);
    if (sha256(bytes) !== expected) {
      throw new Fault('precondition', `the image ${path} changed after the data were read`);
    }
    return await prepareImageBytes(bytes, path, preprocessing, limits);
  } catch (error) {
    if (isFault(error) && (error.kind === 'invalid' || error.kind === 'not-found')) {
      // The path stands beside the reason wherever that is shown.
      return error.message.replace(`the image ${path} `, '').replace(/^cannot be used: /, '');
    }
    throw error;
  }
}
