import { rm } from 'node:fs/promises';
import { createLocalEngine, type Engine } from '@holdfast/engine';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
  type OpenRunRequest,
  type OpenRunResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { createInProcessClient, toMatrix } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoderService } from './create-encoder-service.js';
import { createRunFixture, type RunFixture } from './run-fixture.js';

const size = 64;
const texts = ['a sign', 'a photo of a sign', 'a sign', 'stop', 'a photo of a sign'];

let fixture: RunFixture;
let engine: Engine;
let client: EncoderServiceClient;

async function open(request: OpenRunRequest): Promise<OpenRunResponse[]> {
  const responses: OpenRunResponse[] = [];
  for await (const response of client.openRun(request)) responses.push(response);
  return responses;
}

beforeAll(async () => {
  fixture = await createRunFixture(10);
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  client = createInProcessClient(
    EncoderServiceDefinition,
    createEncoderService({ engine, roots: fixture.roots }),
  );
  await open(fixture.request);
});

afterAll(() => rm(fixture.root, { recursive: true }));

describe('OpenRun', () => {
  it('answers an open run at once, with what it found', async () => {
    const [response, ...others] = await open(fixture.request);
    expect(others).toEqual([]);
    expect(response).toMatchObject({
      imagesPrepared: 10,
      imagesTotal: 10,
      opened: { embeddingSize: size, imageChunkSize: 4, textChunkSize: 4, badImages: [] },
    });
    // All parameters of the model but its logit scale.
    expect(response?.opened?.parameterCount).toBe(672_000);
  });
});

describe('Encode', () => {
  it('gives equal texts equal rows, and every image the same bits in any batch', async () => {
    const request = { runId: 'run', step: 0, texts: { texts, heads: [] } };
    const all = await client.encode({ ...request, images: { samples: [0, 1, 2, 3, 4, 5, 6] } });
    const few = await client.encode({ ...request, images: { samples: [5, 0] } });
    const images = toMatrix(all.imageEmbeddings, 'images').data;
    const again = toMatrix(few.imageEmbeddings, 'images').data;
    expect(again.slice(0, size)).toEqual(images.slice(5 * size, 6 * size));
    expect(again.slice(size)).toEqual(images.slice(0, size));
    const rows = toMatrix(all.textEmbeddings, 'texts').data;
    expect(rows.slice(0, size)).toEqual(rows.slice(2 * size, 3 * size));
    expect(rows.slice(0, size)).not.toEqual(rows.slice(size, 2 * size));
  });
});
