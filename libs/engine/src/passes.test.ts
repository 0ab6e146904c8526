import { createParameterLayout, openClipDirectory, type ParameterLayout } from '@holdfast/clip';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  drawGradients,
  drawImages,
  drawTexts,
  embeddingSize,
  modelPath,
  openFixture,
  passBatch,
  runId,
} from './test-support/small-engine.js';

const counts = { images: 11, texts: 7 };
let layout: ParameterLayout;

/** Largest difference over largest value, of the worst parameter. */
function worstDistance(actual: Float32Array, expected: Float32Array): number {
  let worst = 0;
  for (const { name, offset, size } of layout.entries) {
    // Its gradient is 0 but for rounding: there is nothing to compare with.
    if (name.endsWith('k_proj.bias')) continue;
    let difference = 0;
    let largest = 0;
    for (let i = offset; i < offset + size; i += 1) {
      difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
      largest = Math.max(largest, Math.abs(expected[i]!));
    }
    // Untrained heads have B = 0, so that the gradient of A is exactly 0.
    worst = Math.max(worst, largest === 0 ? difference : difference / largest);
  }
  return worst;
}

/** Whether two arrays have the same bits; vitest takes seconds to compare as many elements. */
function hasSameBits(a: Float32Array | undefined, b: Float32Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

beforeAll(async () => {
  layout = createParameterLayout((await openClipDirectory(modelPath)).config, {
    count: 3,
    rank: 4,
  });
});

const chunks = { imageChunkSize: 4, textChunkSize: 4 };

describe('every way through the towers', () => {
  it.each([
    [11, 3 * 10 ** 6, { passes: 1, keeping: 'checkpoints' }],
    // One chunk keeps 1.3 MB at the most, eleven keep more than 4 MB at the least.
    [43, 2 * 10 ** 6, { passes: 2, keeping: 'activations' }],
    [11, 1, { passes: 2, keeping: 'checkpoints' }],
  ] as const)('gives the same bits for %i images in %i bytes', async (images, budget, way) => {
    const counts = { images, texts: 7 };
    const most = await passBatch(await openFixture(chunks), counts);
    expect(most.passing).toEqual({ passes: 1, keeping: 'activations' });
    const less = await passBatch(
      await openFixture({ ...chunks, activationBudgetBytes: budget }),
      counts,
    );
    expect(less.passing).toEqual(way);
    // Pixels come back as soon as nothing needs them any more.
    expect(less.pixels?.length).toBe(way.passes === 1 ? counts.images * 3072 : undefined);
    expect(hasSameBits(less.imageEmbeddings, most.imageEmbeddings)).toBe(true);
    expect(hasSameBits(less.textEmbeddings, most.textEmbeddings)).toBe(true);
    expect(hasSameBits(less.gradient, most.gradient)).toBe(true);
  });
});

describe('chunks', () => {
  it('of any size give the gradient of the whole batch', async () => {
    const whole = await passBatch(
      await openFixture({ imageChunkSize: 11, textChunkSize: 7 }),
      counts,
    );
    for (const [imageChunkSize, textChunkSize] of [
      [1, 1],
      [3, 2],
      [16, 16],
    ] as const) {
      const parts = await passBatch(await openFixture({ imageChunkSize, textChunkSize }), counts);
      // Sums over 11 images of 17 tokens, in another order: fp32 rounding only.
      expect(worstDistance(parts.gradient, whole.gradient)).toBeLessThan(1e-5);
    }
  });

  it('do not let an embedding depend on its batch', async () => {
    const engine = await openFixture({ imageChunkSize: 8, textChunkSize: 8 });
    const images = drawImages(20);
    const texts = drawTexts(20);
    const encode = (rows: readonly number[], retain: boolean) =>
      engine.encode({
        runId,
        step: 0,
        array: 'parameters',
        retain,
        images: { count: rows.length, pixels: gather(images.pixels, rows, 3072) },
        texts: {
          count: rows.length,
          tokens: gather(texts.tokens, rows, 16),
          heads: gather(texts.heads, rows, 1),
        },
      });
    const all = await encode([...Array(20).keys()], false);
    for (const rows of [[5], [19, 0, 7], [3, 3, 3, 3, 3, 3, 3, 3, 3, 12]]) {
      const some = await encode(rows, true);
      const expected = gather(all.imageEmbeddings!, rows, embeddingSize);
      expect(hasSameBits(some.imageEmbeddings, expected)).toBe(true);
      const expectedTexts = gather(all.textEmbeddings!, rows, embeddingSize);
      expect(hasSameBits(some.textEmbeddings, expectedTexts)).toBe(true);
    }
  });
});

describe('a run', () => {
  it('has heads that change nothing before they have learnt', async () => {
    const engine = await openFixture();
    const texts = drawTexts(6);
    const encode = (heads: Int32Array) =>
      engine.encode({
        runId,
        step: 0,
        array: 'parameters',
        retain: false,
        texts: { ...texts, heads },
      });
    const without = await encode(new Int32Array(6).fill(-1));
    const under = await encode(Int32Array.of(0, 1, 2, 2, 1, 0));
    expect(hasSameBits(under.textEmbeddings, without.textEmbeddings)).toBe(true);
  });

  it('answers with the weights that are asked for', async () => {
    const engine = await openFixture();
    await passBatch(engine, counts);
    await engine.applyAdamw({
      runId,
      step: 1,
      learningRate: 1e-3,
      weightDecay: 0,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      gradientScale: 1,
    });
    const encode = async (array: 'parameters' | 'reference' | 'evaluation') =>
      (await engine.encode({ runId, step: 0, array, images: drawImages(2), retain: false }))
        .imageEmbeddings;
    expect(hasSameBits(await encode('parameters'), await encode('reference'))).toBe(false);
    await engine.interpolateArrays({
      runId,
      from: 'reference',
      to: 'parameters',
      target: 'evaluation',
      weight: 1,
    });
    expect(hasSameBits(await encode('evaluation'), await encode('parameters'))).toBe(true);
  });

  it('keeps a batch for its own step only, and once', async () => {
    const engine = await openFixture();
    await engine.encode({
      runId,
      step: 4,
      array: 'parameters',
      retain: true,
      images: drawImages(1),
    });
    const back = (step: number, imageGradients = new Float32Array(embeddingSize)) =>
      engine.backpropagate({ runId, step, imageGradients });
    await expect(back(3)).rejects.toMatchObject({ kind: 'not-retained' });
    await expect(back(4, new Float32Array(3))).rejects.toMatchObject({ kind: 'invalid' });
    await back(4);
    await expect(back(4)).rejects.toMatchObject({ kind: 'not-retained' });
  });

  it.each([
    ['one pass', 2 ** 30],
    ['two passes', 1],
  ])('gives several gradients of a kept batch, in %s', async (_, activationBudgetBytes) => {
    const engine = await openFixture({ ...chunks, activationBudgetBytes });
    const alone = (await passBatch(engine, counts)).gradient;
    const images = drawImages(counts.images);
    const texts = drawTexts(counts.texts);
    await engine.encode({ runId, step: 0, array: 'parameters', retain: true, images, texts });
    const gradients = () => ({
      imageGradients: drawGradients(counts.images, 1),
      textGradients: drawGradients(counts.texts, 2),
    });
    const other = { imageGradients: drawGradients(counts.images, 5) };
    const back = { runId, step: 0, keepBatch: true } as const;
    await engine.backpropagate({ ...back, ...gradients() });
    await engine.backpropagate({ ...back, ...other, array: 'taskGradient' });
    const count = await engine.readLength({ runId });
    const read = (array: 'gradient' | 'taskGradient') =>
      engine.readArray({ runId, array, offset: 0, count });
    expect(hasSameBits(await read('gradient'), alone)).toBe(true);
    expect(hasSameBits(await read('taskGradient'), alone)).toBe(false);
    const last = { ...back, ...gradients(), array: 'taskGradient', keepBatch: false } as const;
    expect(await engine.backpropagate(last)).toMatchObject({ array: 'taskGradient', version: 0 });
    expect(hasSameBits(await read('taskGradient'), alone)).toBe(true);
    await expect(engine.backpropagate({ ...back, ...gradients() })).rejects.toMatchObject({
      kind: 'not-retained',
    });
  });

  it('is freed when its last user closes it', async () => {
    const engine = await openFixture();
    await engine.openModel({ runId, path: modelPath, heads: { count: 3, rank: 4, seed: 1 } });
    await expect(engine.openModel({ runId, path: modelPath })).rejects.toMatchObject({
      kind: 'precondition',
    });
    await engine.closeRun({ runId });
    expect(await engine.readLength({ runId })).toBeGreaterThan(0);
    await engine.closeRun({ runId });
    await expect(engine.readLength({ runId })).rejects.toMatchObject({ kind: 'not-open' });
    await engine.closeRun({ runId });
  });
});

function gather<T extends Float32Array | Int32Array>(
  from: T,
  rows: readonly number[],
  size: number,
): T {
  const to = from.slice(0, rows.length * size) as T;
  rows.forEach((row, i) => {
    to.set(from.subarray(row * size, (row + 1) * size) as never, i * size);
  });
  return to;
}
