import {
  openPixelSource,
  type PixelReader,
  type PixelSource,
  prepareSample,
  type SampleRequest,
} from '@holdfast/dataset';
import { type PackedFault, packFault } from '@holdfast/fault';
import { type FillRequest, fillPixels } from './fill-pixels.js';

/** What an image thread is asked for. */
export type ImageJob =
  | { readonly sample: SampleRequest }
  | { readonly fill: FillRequest; readonly source: PixelSource; readonly pixels: Float32Array };

/** What it answers, one answer a job: pixels, or why an image has none. */
export type ImageAnswer =
  | { readonly value: Uint8Array | Float32Array | string }
  | { readonly error: PackedFault };

/** The thread's end of a channel. */
export interface ImagePort {
  on(event: 'message', listener: (job: ImageJob) => void): unknown;
  postMessage(answer: ImageAnswer, transfer?: readonly ArrayBuffer[]): void;
}

/** Answers every job on a port, one at a time; a batch's pixels are moved, not copied. */
export function serveImages(port: ImagePort): void {
  const readerOf = createReaders();
  port.on('message', async (job) => {
    try {
      if ('sample' in job) {
        port.postMessage({ value: await prepareSample(job.sample) });
      } else {
        fillPixels(readerOf(job.source), job.fill, job.pixels);
        port.postMessage({ value: job.pixels }, [job.pixels.buffer as ArrayBuffer]);
      }
    } catch (error) {
      port.postMessage({ error: packFault(error) });
    }
  });
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
