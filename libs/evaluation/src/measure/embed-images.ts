import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { type Sample, writeSampleTable } from '@holdfast/dataset';
import { parsePlan } from '@holdfast/plan';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { embedClassifier, embedSamples } from '../classify/classify-samples.js';
import type { MeasuringEncoder } from './measure-model.js';
import type { MeasureOptions } from './measure-options.js';
import { openEncoder } from './open-encoder.js';

/** Images and texts as a model sees them, rows of length 1. */
export interface Embedded {
  /** [samples, d]; of a sample that could not be read, zeros. */
  readonly images: Matrix;
  /** [texts, d]. */
  readonly texts: Matrix;
  /** Why samples could not be read, by index. */
  readonly badImages: ReadonlyMap<number, string>;
}

/**
 * Embeds images, and texts, with a model that no plan names.
 *
 * @param samples with indices from 0 on, in order
 * @throws Fault as the encoder does; images that cannot be read are left out and named.
 */
export async function embedImages(
  encoder: MeasuringEncoder,
  {
    modelPath,
    samples,
    texts = [],
  }: {
    readonly modelPath: string;
    readonly samples: readonly Sample[];
    readonly texts?: readonly string[];
  },
  { signal, onProgress }: MeasureOptions,
): Promise<Embedded> {
  const runId = 'embed';
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
  try {
    const samplesPath = join(folder, 'samples.csv');
    await writeSampleTable(samplesPath, samples);
    const opened = await openEncoder(
      encoder,
      {
        runId,
        plan: skipping,
        modelPath,
        samplesPath,
        samplesSha256: sha256(await readFile(samplesPath)),
        cachePath: join(folder, 'cache'),
        heads: undefined,
      },
      { signal, onProgress },
    );
    const badImages = new Map(opened.badImages.map(({ sample, reason }) => [sample, reason]));
    const readable = samples.filter(({ index }) => !badImages.has(index));
    const model = { encoder, runId, headOf: () => -1 };
    let images: Matrix | undefined;
    const onDone = (done: number) => onProgress('embedding images', done, readable.length);
    for await (const { chunk, embeddings } of embedSamples(model, readable, {
      signal,
      onProgress: onDone,
    })) {
      images ??= createMatrix(samples.length, embeddings.columns);
      for (const [row, { index }] of chunk.entries()) {
        const { columns, data } = embeddings;
        images.data.set(data.subarray(row * columns, (row + 1) * columns), index * columns);
      }
    }
    const classifierPrompts = texts.map((text) => [text]);
    return {
      images: images ?? createMatrix(samples.length, 0),
      texts:
        texts.length === 0
          ? createMatrix(0, 0)
          : await embedClassifier(model, { classifierPrompts }, { signal }),
      badImages,
    };
  } finally {
    await encoder.unloadModel({ runId });
    await rm(folder, { recursive: true, force: true });
  }
}

/** A plan of which only the engine's defaults count, and that images that cannot be read are left out. */
const skipping = parsePlan('model: .\ntarget: { class: none }\ndata: { onBadImage: skip }\n', '');
