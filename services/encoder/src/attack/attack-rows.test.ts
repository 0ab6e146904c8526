import { rm } from 'node:fs/promises';
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
import { drawUnitRows, type Matrix, matrixRow, selectRows } from '@holdfast/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEncoderService } from '../create-encoder-service.js';
import {
  createRunFixture,
  openedWeights,
  openRun,
  type RunFixture,
} from '../test-support/create-run-fixture.js';

const samples = [4, 0, 7, 1, 9, 2];
const steps = 3;

let fixture: RunFixture;
let engine: Engine;
let client: EncoderServiceClient;
let classes: Matrix;
/** Pixels of the last batch that was kept for a step. */
let kept: Float32Array;

beforeAll(async () => {
  fixture = await createRunFixture(10);
  const local = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  engine = {
    ...local,
    encode(request) {
      const { images, retain, step } = request;
      if (retain && step >= 0 && images && 'pixels' in images) kept = images.pixels.slice();
      return local.encode(request);
    },
  };
  const service = createEncoderService({ engine, roots: fixture.roots });
  client = createInProcessClient(EncoderServiceDefinition, service);
  await open('run');
  await open('tight', 1);
  const texts = ['stop', 'no passing', 'road work'].map((name) => `a ${name} sign.`);
  const { textEmbeddings } = await encode({ images: undefined, texts: { texts } });
  classes = toMatrix(textEmbeddings, 'text_embeddings');
});

afterAll(() => rm(fixture.root, { recursive: true }));

async function open(runId: string, activationBudgetMib?: number): Promise<void> {
  const { model, samples: table, training } = fixture;
  await openRun(client, {
    model: { ...model, runId },
    samples: { ...table, runId },
    training: { ...training, runId, pixelGradients: true, activationBudgetMib },
  });
}

function encode(rest: object) {
  return client.encode({ runId: 'run', parameters: openedWeights, images: { samples }, ...rest });
}

const embed = async (rest: object) =>
  toMatrix((await encode(rest)).imageEmbeddings, 'image_embeddings');

function attackOf(rows: number[], labels: number[], rest: Partial<Attack> = {}) {
  return Attack.fromPartial({
    ...{ epsilon: 4 / 255, stepSize: 2 / 255, steps, temperature: 0.05, rows, labels },
    classes: fromMatrix(classes),
    ...rest,
  });
}

const readGradient = async (runId: string) =>
  engine.readArray({
    ...{ runId, array: 'gradient', offset: 0, count: await engine.readLength({ runId }) },
  });

/** Goes back from a step's attacked batch: what it embedded, the weights' gradient, and the passes that it took. */
async function goBack(runId: string, attacks: readonly Attack[], images = { samples }) {
  const asked = { runId, images, attacks, retain: true, step: 0 };
  const { imageEmbeddings, passes } = await encode(asked);
  const embeddings = toMatrix(imageEmbeddings, 'image_embeddings');
  const slopes = drawUnitRows(images.samples.length, embeddings.columns, 1);
  await client.backpropagate({
    ...{ runId, step: 0, parameters: openedWeights },
    imageGradients: fromMatrix(slopes),
  });
  return { embeddings, slopes, passes, gradient: await readGradient(runId) };
}

it('attacks the rows that it is told, as an attack of them alone, and leaves the others as they are', async () => {
  const attacks = [
    attackOf([1, 4], [0, 2]),
    attackOf([2], [1], { epsilon: 1 / 255, randomStart: true }),
  ];
  const plain = await embed({});
  const found = await embed({ attacks });
  for (const { rows, ...attack } of attacks) {
    const images = { samples: rows.map((row) => samples[row]!) };
    const alone = await embed({ images, attack: { ...attack, rows: [] } });
    expect(selectRows(found, rows)).toEqual(alone);
    for (const row of rows) expect(matrixRow(found, row)).not.toEqual(matrixRow(plain, row));
  }
  expect(selectRows(found, [0, 3, 5])).toEqual(selectRows(plain, [0, 3, 5]));
  expect(await embed({ attacks, retain: true })).toEqual(found);
  const sent = EncodeRequest.fromPartial({
    ...{ runId: 'run', parameters: openedWeights, images: { samples }, attacks },
  });
  const received = EncodeRequest.decode(EncodeRequest.encode(sent).finish());
  const answer = EncodeResponse.encode(await client.encode(received)).finish();
  const { imageEmbeddings } = EncodeResponse.decode(answer);
  expect(toMatrix(imageEmbeddings, 'image_embeddings')).toEqual(found);
});

it('starts at the augmented image where it is augmented', async () => {
  const images = {
    samples,
    augmentedCount: 6,
    augmentation: { contrast: 0.5 },
    augmentationSeed: 3,
  };
  const still = attackOf([0, 1, 2], [0, 1, 2], { epsilon: 0 });
  const augmented = await embed({ images });
  expect(await embed({ images, attacks: [still] })).toEqual(augmented);
  const attacked = await embed({ images, attacks: [attackOf([0], [0])] });
  expect(selectRows(attacked, [1, 2, 3, 4, 5])).toEqual(selectRows(augmented, [1, 2, 3, 4, 5]));
  expect(matrixRow(attacked, 0)).not.toEqual(matrixRow(augmented, 0));
});

it('takes back the gradient of the weights with the attacked pixels held fixed: that of finite differences', async () => {
  const runId = 'run';
  const { slopes, gradient } = await goBack(runId, [attackOf([1, 2, 4], [0, 1, 2])]);
  const pixels = kept;
  const count = await engine.readLength({ runId });
  const weights = await engine.readArray({ runId, array: 'parameters', offset: 0, count });
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  /** The embeddings' inner product with the slopes, at weights moved along the gradient. */
  const valueAt = async (distance: number) => {
    const data = weights.map((weight, i) => weight + (distance * gradient[i]!) / norm);
    await engine.writeArray({ runId, array: 'evaluation', offset: 0, data });
    const { imageEmbeddings } = await engine.encode({
      ...{ runId, step: 0, array: 'evaluation', retain: false },
      images: { count: samples.length, pixels: pixels.slice() },
    });
    return imageEmbeddings!.reduce((sum, x, i) => sum + x * slopes.data[i]!, 0);
  };
  const h = 1e-3;
  const slope = ((await valueAt(h)) - (await valueAt(-h))) / (2 * h);
  // Embeddings have 6e-8 of rounding each, and the slope 1e-3 of a third derivative.
  expect(Math.abs(slope / norm - 1)).toBeLessThan(0.01);
});

it('gives the same bits within little memory, where a batch goes through twice', async () => {
  const attacks = [attackOf([1, 2, 4], [0, 1, 2], { randomStart: true })];
  // Many of one image: 1 MiB does not hold what even the inputs of their blocks take.
  const images = { samples: [...samples, ...Array.from({ length: 74 }, () => 3)] };
  const roomy = await goBack('run', attacks, images);
  const tight = await goBack('tight', attacks, images);
  expect([roomy.passes, tight.passes]).toEqual([1, 2]);
  expect(tight.embeddings).toEqual(roomy.embeddings);
  expect(Buffer.from(tight.gradient.buffer).equals(Buffer.from(roomy.gradient.buffer))).toBe(true);
  const again = await goBack('run', attacks, images);
  expect(Buffer.from(again.gradient.buffer).equals(Buffer.from(roomy.gradient.buffer))).toBe(true);
});

it('names every field that is wrong', async () => {
  const attacks = [
    attackOf([2, 1, 6], [0, 1, 2]),
    attackOf([1], [3]),
    attackOf([], [], { steps: 0 }),
  ];
  const refusal = async (rest: object) => {
    const { violations } = await embed(rest).catch((error) => error);
    return violations.map(({ field }: { field: string }) => field);
  };
  expect(await refusal({ attacks, attack: attackOf([], [0, 1, 2, 0, 1, 2]) })).toEqual([
    'attacks',
    'attacks[0].rows[1]',
    'attacks[1].rows[0]',
    'attacks[1].labels[0]',
    'attacks[2].rows',
    'attacks[2].steps',
  ]);
  expect(await refusal({ attack: attackOf([0], [0, 1, 2, 0, 1, 2]) })).toEqual(['attack.rows']);
  expect(await refusal({ images: undefined, attacks: [attackOf([0], [0])] })).toEqual([
    'attacks[0].rows[0]',
  ]);
});
