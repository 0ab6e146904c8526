import { expect, it } from 'vitest';
import type { Engine } from './engine.js';
import {
  drawGradients,
  drawImages,
  drawTexts,
  embeddingSize,
  openFixture,
  runId,
} from './test-support/small-engine.js';

const count = 5;
const chunks = { imageChunkSize: 2, textChunkSize: 4, pixelGradients: true };
const batch = { runId, step: 0, array: 'parameters' } as const;

/** Embeds random images and takes random gradients back to their pixels. */
async function differentiate(engine: Engine, texts = 0) {
  await engine.encode({
    ...{ ...batch, retain: true, images: drawImages(count) },
    ...(texts > 0 && { texts: drawTexts(texts) }),
  });
  return engine.backpropagate({
    ...{ runId, step: 0, pixelGradients: true, imageGradients: drawGradients(count, 1) },
    ...(texts > 0 && { textGradients: drawGradients(texts, 2) }),
  });
}

const bits = (array: Float32Array | undefined) => Buffer.from(array!.buffer).toString('base64');

it('are those of central differences', async () => {
  const engine = await openFixture(chunks);
  const { pixelGradients } = await differentiate(engine);
  const gradients = drawGradients(count, 1);
  const direction = drawImages(count, 7).pixels;
  const valueAt = async (distance: number) => {
    const images = drawImages(count);
    for (const [i, along] of direction.entries()) images.pixels[i]! += distance * along;
    const { imageEmbeddings } = await engine.encode({ ...batch, retain: false, images });
    return gradients.reduce((sum, value, i) => sum + value * imageEmbeddings![i]!, 0);
  };
  const distance = 2e-3;
  const measured = ((await valueAt(distance)) - (await valueAt(-distance))) / (2 * distance);
  const slope = direction.reduce((sum, along, i) => sum + along * pixelGradients![i]!, 0);
  // Float32 embeddings: 320 roundings of 3e-8 in each value, over 4e-3.
  expect(Math.abs(slope - measured)).toBeLessThan(1e-3 * Math.abs(measured));
});

it.each([
  ['with checkpoints', 2 * 10 ** 6],
  ['in two passes', 1],
])('have the same bits %s', async (_, activationBudgetBytes) => {
  const most = await differentiate(await openFixture(chunks), 3);
  const less = await differentiate(await openFixture({ ...chunks, activationBudgetBytes }), 3);
  expect(most.pixelGradients).toHaveLength(count * 3 * 32 * 32);
  expect(bits(less.pixelGradients)).toBe(bits(most.pixelGradients));
});

it('leave the gradient of the parameters as it is without them', async () => {
  const read = async (engine: Engine) =>
    bits(
      await engine.readArray({
        ...{ runId, array: 'gradient', offset: 0 },
        count: await engine.readLength({ runId }),
      }),
    );
  const asked = await openFixture(chunks);
  await differentiate(asked);
  const without = await openFixture({ ...chunks, pixelGradients: false });
  await expect(differentiate(without)).rejects.toMatchObject({ kind: 'precondition' });
  await without.encode({ ...batch, retain: true, images: drawImages(count) });
  await without.backpropagate({ runId, step: 0, imageGradients: drawGradients(count, 1) });
  expect(await read(asked)).toBe(await read(without));
});

it.each([
  ['none', {}],
  ['adapters', { adapters: { rank: 2, scale: 1, seed: 1 } }],
] as const)('are the same whatever trains: %s', async (scope, parts) => {
  const full = await differentiate(await openFixture(chunks));
  const engine = await openFixture(chunks, undefined, { scope, ...parts });
  const { pixelGradients } = await differentiate(engine, 3);
  const largest = Math.max(...full.pixelGradients!.map(Math.abs));
  const errors = pixelGradients!.map((value, i) => Math.abs(value - full.pixelGradients![i]!));
  // Untrained adapters add products of zero to the gradient of each layer's input: rounding at the most.
  expect(Math.max(...errors)).toBeLessThan(1e-6 * largest);
});

it('are zero of images whose embeddings have none', async () => {
  const engine = await openFixture(chunks);
  await engine.encode({ ...batch, retain: true, images: drawImages(count) });
  const imageGradients = drawGradients(count, 1);
  imageGradients.fill(0, 2 * embeddingSize, 3 * embeddingSize);
  const { pixelGradients } = await engine.backpropagate({
    ...{ runId, step: 0, pixelGradients: true, imageGradients },
  });
  const largest = (image: number) =>
    Math.max(...pixelGradients!.subarray(image * 3072, (image + 1) * 3072).map(Math.abs));
  expect(largest(2)).toBe(0);
  expect(largest(1)).toBeGreaterThan(0);
  expect(largest(4)).toBeGreaterThan(0);
});
