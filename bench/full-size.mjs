// Whole training steps of the engine on a CLIP of true size: both towers, gradient norm, AdamW, weight average.
//
//   node bench/full-size.mjs [--size vit-l-14] [--images 8] [--texts 8] [--memory 1024] [--steps 2] [--threads 2]
//
// Weights are random; sizes are in random-model.mjs. `--memory` is the budget for kept activations in MiB. Prints one line a step, and the
// peak memory of the process, loading included.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '@holdfast/random';
import { createLocalEngine } from '../libs/engine/dist/engine-core.js';
import { sizes, writeRandomModel } from './random-model.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'vit-l-14' },
    images: { type: 'string', default: '8' },
    texts: { type: 'string', default: '8' },
    memory: { type: 'string', default: '1024' },
    steps: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
  },
});
const { vision, text, projectionSize } = sizes[values.size];
const [images, texts] = [Number(values.images), Number(values.texts)];
const runId = 'bench';

const random = createRandom(1);
const draw = (length) => Float32Array.from({ length }, () => random.normal());

/** Captions of ten tokens. */
function drawTexts() {
  const tokens = new Int32Array(texts * text.contextLength).fill(1586);
  for (let row = 0; row < texts; row += 1) {
    const start = row * text.contextLength;
    tokens[start] = 1585;
    for (let i = 1; i < 9; i += 1) tokens[start + i] = random.integer(1585);
  }
  return { count: texts, tokens, heads: new Int32Array(texts).fill(-1) };
}

async function takeStep(engine, step) {
  const start = performance.now();
  const { passing } = await engine.encode({
    ...{ runId, step, array: 'parameters', retain: true, texts: drawTexts() },
    images: { count: images, pixels: draw(images * 3 * vision.imageSize ** 2) },
  });
  await engine.backpropagate({
    ...{ runId, step, imageGradients: draw(images * projectionSize) },
    textGradients: draw(texts * projectionSize),
  });
  const norm = Math.sqrt(await engine.computeSquaredNorm({ runId, array: 'gradient' }));
  await engine.applyAdamw({
    ...{ runId, step: step + 1, learningRate: 1e-5, weightDecay: 0.1, beta1: 0.9 },
    ...{ beta2: 0.999, epsilon: 1e-8, gradientScale: Math.min(1, 1 / norm), averageDecay: 0.99 },
  });
  return { step, seconds: (performance.now() - start) / 1000, ...passing, norm };
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
try {
  writeRandomModel(folder, values.size);
  const activationBudgetBytes = Number(values.memory) * 2 ** 20;
  const engine = createLocalEngine({ threads: Number(values.threads), activationBudgetBytes });
  const { parameterCount } = await engine.openModel({ runId, path: folder });
  const chunks = await engine.prepareEncoding({ runId, imageBatchSize: images });
  console.log(JSON.stringify({ size: values.size, parameterCount, images, texts, ...chunks }));
  for (let step = 0; step < Number(values.steps); step += 1) {
    console.log(JSON.stringify(await takeStep(engine, step)));
  }
  const peak = process.resourceUsage().maxRSS / 2 ** 20;
  console.log(JSON.stringify({ peakMemoryGiB: Number(peak.toFixed(2)) }));
} finally {
  rmSync(folder, { recursive: true });
}
