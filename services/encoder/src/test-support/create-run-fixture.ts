import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { writeSampleTable } from '@holdfast/dataset';
import {
  type EncoderServiceClient,
  LoadModelRequest,
  type LoadModelResponse,
  OpenSamplesRequest,
  type OpenSamplesResponse,
  PrepareTrainingRequest,
  type PrepareTrainingResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRandom } from '@holdfast/random';
import { encodePng } from '@holdfast/testing';

/** A small CLIP, the one that the golden numbers are of. */
export const modelPath = fileURLToPath(
  new URL('../../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);

/** What opens a run. */
export interface RunRequests {
  readonly model: LoadModelRequest;
  readonly samples: OpenSamplesRequest;
  readonly training: PrepareTrainingRequest;
}

/** A folder with images, their sample table, and the requests that open them for training. */
export interface RunFixture extends RunRequests {
  readonly root: string;
  readonly samplesPath: string;
  readonly roots: readonly string[];
}

/** Writes `count` random 32 x 32 images and their table into a folder of its own. */
export async function createRunFixture(count: number, runId = 'run'): Promise<RunFixture> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-encoder-'));
  await mkdir(join(root, 'images'));
  const samples = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(root, 'images', `${index}.png`);
      const png = encodePng(32, 32, createNoisyPixels(32, index));
      await writeFile(path, png);
      const label = `class ${index % 3}`;
      const group = String(index);
      return {
        index,
        path,
        relativePath: path,
        sha256: sha256(png),
        label,
        group,
        roles: ['target' as const],
      };
    }),
  );
  const samplesPath = join(root, 'samples.csv');
  const table = await writeSampleTable(samplesPath, samples);
  return {
    root,
    samplesPath,
    roots: [root, modelPath],
    model: LoadModelRequest.fromPartial({
      ...{ runId, modelUri: pathToFileURL(modelPath).href, trainable: {} },
      ...{ imageChunkSize: 4, textChunkSize: 4 },
    }),
    samples: OpenSamplesRequest.fromPartial({
      ...{ runId, samplesUri: pathToFileURL(samplesPath).href, samplesSha256: table.sha256 },
    }),
    training: PrepareTrainingRequest.fromPartial({ runId }),
  };
}

/** What an encoder said while a run was opened. */
export interface Opened {
  readonly loaded: LoadModelResponse;
  readonly samples: readonly OpenSamplesResponse[];
  readonly training: readonly PrepareTrainingResponse[];
}

/** Loads the model, opens the samples and prepares training. */
export async function openRun(
  client: EncoderServiceClient,
  { model, samples, training }: RunRequests,
): Promise<Opened> {
  return {
    loaded: await client.loadModel(model),
    samples: await collect(client.openSamples(samples)),
    training: await collect(client.prepareTraining(training)),
  };
}

/** All messages of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** The pixels of the fixture's image of this number. */
export function createNoisyPixels(size: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: size * size * 3 }, () => random.integer(256));
}

/** The weights of a run before its first step. */
export const openedWeights = { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: 0 };
