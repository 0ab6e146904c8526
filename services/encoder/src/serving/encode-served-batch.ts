import type { Engine, ImageBatch, TextBatch } from '@holdfast/engine';
import type { ServedBatch, Slice, WaitingJob } from './form-batch.js';

/** A job with room for its embeddings. */
interface FilledJob extends WaitingJob {
  readonly embeddings: { readonly images: Float32Array; readonly texts: Float32Array };
}

/** Embeds a batch and hands each job its rows. */
export async function encodeServedBatch<Job extends FilledJob>(
  engine: Engine,
  { served, images, texts }: ServedBatch<Job>,
): Promise<void> {
  const { runId, directory, pixels: buffers } = served;
  const encoded = await engine.encode({
    runId,
    step: 0,
    array: 'parameters',
    retain: false,
    ...(images.length > 0 && { images: fillImages(served, images) }),
    ...(texts.length > 0 && { texts: gatherTexts(texts, directory.config.text.contextLength) }),
  });
  if (encoded.pixels) buffers.giveBack(encoded.pixels);
  const size = directory.config.projectionSize;
  scatter(encoded.imageEmbeddings, images, (job) => job.embeddings.images, size);
  scatter(encoded.textEmbeddings, texts, (job) => job.embeddings.texts, size);
}

function fillImages<Job extends FilledJob>(
  { directory, pixels: buffers }: ServedBatch<Job>['served'],
  slices: readonly Slice<Job>[],
): ImageBatch {
  const { channels, imageSize } = directory.config.vision;
  const size = channels * imageSize ** 2;
  const count = countRows(slices);
  const pixels = buffers.take(count * size);
  let row = 0;
  for (const { job, start, count } of slices) {
    for (let i = start; i < start + count; i += 1) {
      job.images!.fill(i, pixels.subarray(row * size, (row + 1) * size));
      row += 1;
    }
  }
  return { count, pixels };
}

function gatherTexts<Job extends FilledJob>(
  slices: readonly Slice<Job>[],
  contextLength: number,
): TextBatch {
  const count = countRows(slices);
  const tokens = new Int32Array(count * contextLength);
  const heads = new Int32Array(count);
  let row = 0;
  for (const { job, start, count } of slices) {
    const { texts } = job;
    const end = start + count;
    tokens.set(
      texts!.tokens.subarray(start * contextLength, end * contextLength),
      row * contextLength,
    );
    heads.set(texts!.heads.subarray(start, end), row);
    row += count;
  }
  return { count, tokens, heads };
}

function scatter<Job>(
  embeddings: Float32Array | undefined,
  slices: readonly Slice<Job>[],
  roomOf: (job: Job) => Float32Array,
  size: number,
): void {
  let row = 0;
  for (const { job, start, count } of slices) {
    const rows = embeddings!.subarray(row * size, (row + count) * size);
    roomOf(job).set(rows, start * size);
    row += count;
  }
}

/** Rows of slices. */
export function countRows(slices: readonly { readonly count: number }[]): number {
  return slices.reduce((sum, { count }) => sum + count, 0);
}
