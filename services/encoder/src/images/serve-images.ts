import {
  openPixelSource,
  type PixelReader,
  type PixelSource,
  prepareSample,
  readSampleImageSync,
  type SampleRequest,
} from '@holdfast/dataset';
import { type PackedFault, packFault } from '@holdfast/fault';
import {
  defaultImageLimits,
  type ImageLimits,
  type Preprocessing,
  prepareImageBytes,
  readImageFileSync,
} from '@holdfast/image';
import { type FillRequest, fillPixels } from './fill-pixels.js';

/** An image that no table knows, to bring to the model's size. */
export interface ImageFile {
  /** The file's bytes, or its real path. */
  readonly source: Uint8Array | string;
  /** What to call it in messages. */
  readonly name: string;
  readonly preprocessing: Preprocessing;
}

/** What an image thread is asked for. */
export type ImageJob =
  | { readonly sample: SampleRequest }
  | { readonly file: ImageFile }
  | { readonly fill: FillRequest; readonly source: PixelSource; readonly pixels: Float32Array };

/** What it answers to a job: pixels, or why an image has none. */
export type ImageAnswer =
  | { readonly value: Uint8Array | Float32Array | string }
  | { readonly error: PackedFault };

/** The thread's end of a channel. */
export interface ImagePort {
  on(event: 'message', listener: (jobs: readonly ImageJob[]) => void): unknown;
  postMessage(answers: readonly ImageAnswer[], transfer: readonly ArrayBuffer[]): void;
}

/** Answers every list of jobs on a port, job by job; a batch's pixels are moved, not copied. */
export function serveImages(port: ImagePort): void {
  const readerOf = createReaders();
  async function work(job: ImageJob): Promise<ImageAnswer> {
    try {
      if ('sample' in job) return { value: await prepareSample(job.sample, readSampleImageSync) };
      if ('file' in job) return { value: await prepareFile(job.file) };
      fillPixels(readerOf(job.source), job.fill, job.pixels);
      return { value: job.pixels };
    } catch (error) {
      return { error: packFault(error) };
    }
  }
  port.on('message', async (jobs) => {
    const answers: ImageAnswer[] = [];
    for (const job of jobs) answers.push(await work(job));
    const batches = jobs.flatMap((job) =>
      'fill' in job ? [job.pixels.buffer as ArrayBuffer] : [],
    );
    port.postMessage(answers, batches);
  });
}

/**
 * Reads, where it is not there yet, decodes and resizes an image.
 *
 * @throws Fault `not-found` or `invalid` that names the image and says why it cannot be used.
 */
export async function prepareFile(
  { source, name, preprocessing }: ImageFile,
  read: (path: string, limits: ImageLimits) => Promise<Uint8Array> | Uint8Array = readImageFileSync,
): Promise<Uint8Array> {
  const bytes = typeof source === 'string' ? await read(source, defaultImageLimits) : source;
  return prepareImageBytes(bytes, name, preprocessing);
}

/** Opens sources; the last file stays open, since a run asks for it step by step. */
function createReaders() {
  let last: { readonly path: string; readonly reader: PixelReader } | undefined;
  return (source: PixelSource): PixelReader => {
    if (!('path' in source)) return openPixelSource(source);
    if (last?.path === source.path) return last.reader;
    last?.reader.close();
    last = undefined;
    const reader = openPixelSource(source);
    last = { path: source.path, reader };
    return reader;
  };
}
