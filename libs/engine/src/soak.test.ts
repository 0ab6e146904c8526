import { expect, it } from 'vitest';
import {
  drawGradients,
  drawImages,
  drawTexts,
  openFixture,
  runId,
} from './test-support/small-engine.js';

const adamw = { weightDecay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, gradientScale: 1 };

/** Batches of changing size, so that every buffer that steps can want is there after a few. */
const sizes = [
  { images: 6, texts: 5 },
  { images: 8, texts: 3 },
  { images: 1, texts: 8 },
];

it('takes 500 steps in flat memory', async () => {
  const engine = await openFixture({ imageChunkSize: 4, textChunkSize: 4 });
  const batches = sizes.map((counts, seed) => ({
    images: drawImages(counts.images, seed),
    texts: drawTexts(counts.texts, seed),
    imageGradients: drawGradients(counts.images, 1),
    textGradients: drawGradients(counts.texts, 2),
  }));
  async function takeStep(step: number): Promise<void> {
    const { images, texts, imageGradients, textGradients } = batches[step % batches.length]!;
    await engine.encode({ runId, step, array: 'parameters', retain: true, images, texts });
    await engine.backpropagate({ runId, step, imageGradients, textGradients });
    await engine.computeSquaredNorm({ runId, array: 'gradient' });
    const next = { step: step + 1, learningRate: 1e-4, averageDecay: 0.99 };
    await engine.applyAdamw({ ...adamw, runId, ...next });
  }
  const memory: number[] = [];
  for (let step = 0; step < 500; step += 1) {
    await takeStep(step);
    if (step % 100 === 99) memory.push(process.memoryUsage().rss / 2 ** 20);
  }
  // A step's activations alone are more than a megabyte: a step that leaked would add hundreds. What is
  // left is the collector's.
  expect(Math.max(...memory) - memory[0]!).toBeLessThan(32);
}, 120_000);
