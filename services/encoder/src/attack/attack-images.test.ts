import { readFile, rm } from 'node:fs/promises';
import { createLocalEngine, type Engine } from '@holdfast/engine';
import {
  Attack,
  EncodeRequest,
  EncodeResponse,
  type EncoderServiceClient,
  EncoderServiceDefinition,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { type Matrix, matrixRow } from '@holdfast/tensor';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEncoderService } from '../create-encoder-service.js';
import {
  collect,
  createNoisyPixels,
  createRunFixture,
  modelPath,
  openedWeights,
  openRun,
  type RunFixture,
} from '../test-support/create-run-fixture.js';

const runId = 'run';
const temperature = 0.05;
const samples = [4, 0, 7, 1, 9, 2];
const labels = [0, 1, 2, 3, 0, 1];
const request = { runId, parameters: openedWeights, images: { samples } };

let fixture: RunFixture;
let engine: Engine;
let client: EncoderServiceClient;
let classes: Matrix;

beforeAll(async () => {
  fixture = await createRunFixture(10);
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createEncoderService({ engine, roots: fixture.roots });
  client = createInProcessClient(EncoderServiceDefinition, service);
  const { model, samples: table, training } = fixture;
  await openRun(client, {
    model: { ...model, trainable: undefined },
    samples: table,
    training: { ...training, pixelGradients: true },
  });
  const texts = ['stop', 'no passing', 'road work', 'speed limit 30'].map(
    (name) => `a ${name} sign.`,
  );
  const { textEmbeddings } = await client.encode({
    ...request,
    images: undefined,
    texts: { texts },
  });
  classes = toMatrix(textEmbeddings, 'text_embeddings');
});

afterAll(() => rm(fixture.root, { recursive: true }));

const attackOf = (rest: Partial<Attack>): Attack =>
  Attack.fromPartial({
    ...{ epsilon: 4 / 255, stepSize: 1 / 255, steps: 6, labels, temperature },
    classes: fromMatrix(classes),
    ...rest,
  });

const embed = async (rest: object) =>
  toMatrix((await client.encode({ ...request, ...rest })).imageEmbeddings, 'image_embeddings');

/** L = log sum_c exp(<w_c, x> / tau) - <w_y, x> / tau, and its softmax. */
function crossEntropy(embedding: Float32Array, label: number) {
  const logits = Array.from({ length: classes.rows }, (_, c) =>
    matrixRow(classes, c).reduce((sum, w, k) => sum + (w * embedding[k]!) / temperature, 0),
  );
  const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
  return { loss: Math.log(sum) - logits[label]!, shares: logits.map((z) => Math.exp(z) / sum) };
}

const lossesOf = (embeddings: Matrix) =>
  labels.map((label, row) => crossEntropy(matrixRow(embeddings, row), label).loss);

/** PGD as it is written down, one image at a time, on pixels u of [0, 1] in float64. */
async function attackNaively(sample: number, label: number): Promise<Float32Array> {
  const { image_mean: mean, image_std: std } = JSON.parse(
    await readFile(`${modelPath}/preprocessor_config.json`, 'utf8'),
  );
  const bytes = createNoisyPixels(32, sample);
  const from = Array.from(
    { length: 3072 },
    (_, i) => bytes[3 * (i % 1024) + Math.floor(i / 1024)]! / 255,
  );
  const u = [...from];
  const run = { runId, step: 1, array: 'parameters' as const };
  const look = async (retain: boolean) => {
    const pixels = Float32Array.from(u, (value, i) => {
      const c = Math.floor(i / 1024);
      return (value - mean[c]) / std[c];
    });
    return (await engine.encode({ ...run, retain, images: { count: 1, pixels } })).imageEmbeddings!;
  };
  for (let step = 0; step < 6; step += 1) {
    const { shares } = crossEntropy(await look(true), label);
    const gradient = new Float32Array(classes.columns);
    for (const [c, share] of shares.entries()) {
      const weight = (share - (c === label ? 1 : 0)) / temperature;
      for (const [k, w] of matrixRow(classes, c).entries()) gradient[k]! += weight * w;
    }
    const { pixelGradients } = await engine.backpropagate({
      ...{ runId, step: 1, imageGradients: gradient, pixelGradients: true },
    });
    for (const [i, g] of pixelGradients!.entries()) {
      const near = Math.min(
        Math.max(u[i]! + Math.sign(g) / 255, from[i]! - 4 / 255),
        from[i]! + 4 / 255,
      );
      u[i] = Math.min(Math.max(near, 0), 1);
    }
  }
  return look(false);
}

it('embeds what a plain implementation of PGD comes to', async () => {
  const attacked = await embed({ attack: attackOf({}) });
  const plain = await embed({});
  for (const row of [0, 3]) {
    const expected = await attackNaively(samples[row]!, labels[row]!);
    const found = matrixRow(attacked, row);
    const distance = (a: Float32Array, b: Float32Array) =>
      Math.hypot(...a.map((value, k) => value - b[k]!));
    // Rounding turns the sign of a few of 3072 gradients that are next to 0, over six steps.
    expect(distance(found, expected)).toBeLessThan(
      0.05 * distance(matrixRow(plain, row), expected),
    );
  }
});

it('raises every loss, and the more the larger the ball', async () => {
  const attack = (epsilon: number) =>
    embed({ attack: attackOf({ epsilon, stepSize: epsilon / 4 }) });
  const [none, little, much] = [await embed({}), await attack(0.5 / 255), await attack(4 / 255)];
  for (const [i, loss] of lossesOf(none).entries()) {
    expect(lossesOf(little)[i]).toBeGreaterThan(loss);
    expect(lossesOf(much)[i]).toBeGreaterThan(lossesOf(little)[i]!);
  }
});

it.each([false, true])(
  'changes no bit in a ball of radius 0, from random: %s',
  async (randomStart) => {
    expect(await embed({ attack: attackOf({ epsilon: 0, randomStart }) })).toEqual(await embed({}));
  },
);

it('gives an image the same bits however a batch is divided, and by its file where it starts at random', async () => {
  for (const randomStart of [false, true]) {
    const whole = await embed({ attack: attackOf({ randomStart }) });
    for (const rows of [
      [1, 2, 3, 4, 5],
      [5, 0],
    ]) {
      const attack = attackOf({ randomStart, labels: rows.map((row) => labels[row]!) });
      const part = await embed({ images: { samples: rows.map((row) => samples[row]!) }, attack });
      for (const [i, row] of rows.entries()) {
        expect(matrixRow(part, i)).toEqual(matrixRow(whole, row));
      }
    }
  }
  const [image, random] = [attackOf({}), attackOf({ randomStart: true })];
  expect(await embed({ attack: image })).not.toEqual(await embed({ attack: random }));
});

it('answers the same to what came over the wire', async () => {
  const attack = attackOf({ steps: 2, randomStart: true });
  const sent = EncodeRequest.fromPartial({ ...request, attack });
  const received = EncodeRequest.decode(EncodeRequest.encode(sent).finish());
  const { imageEmbeddings } = EncodeResponse.decode(
    EncodeResponse.encode(await client.encode(received)).finish(),
  );
  expect(toMatrix(imageEmbeddings, 'image_embeddings')).toEqual(await embed({ attack }));
});

it('answers two attacks at once as one after the other', async () => {
  const [little, much] = [attackOf({ epsilon: 1 / 255 }), attackOf({})];
  const apart = [await embed({ attack: little }), await embed({ attack: much })];
  expect(await Promise.all([embed({ attack: little }), embed({ attack: much })])).toEqual(apart);
});

it('ends when nobody waits for it any more', async () => {
  const looks = vi.spyOn(engine, 'encode');
  const caller = new AbortController();
  const attack = attackOf({ steps: 50 });
  const call = client.encode({ ...request, attack }, { signal: caller.signal });
  await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(1));
  caller.abort();
  await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
  // The next attack has its turn when that one has ended.
  await embed({ attack: attackOf({ steps: 1 }) });
  expect(looks.mock.calls.length).toBeLessThan(50);
  looks.mockRestore();
});

it('drops a batch that was kept', async () => {
  await client.encode({ ...request, retain: true });
  await embed({ attack: attackOf({ steps: 1 }) });
  const back = client.backpropagate({ runId, step: 0, parameters: openedWeights });
  await expect(back).rejects.toMatchObject({ kind: 'not-retained' });
});

it('names every field that is wrong', async () => {
  const wrong = attackOf({
    epsilon: 1.5,
    stepSize: Number.NaN,
    steps: 51,
    temperature: 0,
    labels: [0, 4],
  });
  const images = { samples, augmentedCount: 1 };
  const refused = embed({ images, retain: true, attack: wrong }).catch((error) => error);
  const { violations } = await refused;
  expect(violations.map(({ field }: { field: string }) => field)).toEqual([
    'attack',
    'attack',
    'attack.epsilon',
    'attack.step_size',
    'attack.steps',
    'attack.temperature',
    'attack.labels',
    'attack.labels[1]',
  ]);
  await expect(embed({ attack: attackOf({ classes: undefined }) })).rejects.toMatchObject({
    violations: [{ field: 'attack.classes' }],
  });
  await expect(embed({ images: undefined, attack: attackOf({}) })).rejects.toMatchObject({
    kind: 'invalid',
  });
});

it('asks for gradients of pixels to be prepared', async () => {
  const named = { runId: 'unprepared' };
  await client.loadModel({ ...fixture.model, ...named });
  await collect(client.openSamples({ ...fixture.samples, ...named }));
  await collect(client.prepareTraining({ ...fixture.training, ...named }));
  await expect(embed({ ...named, attack: attackOf({}) })).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringContaining('pixel_gradients'),
  });
  await client.unloadModel(named);
});
