// How far one step of AdamW moves a model: its weights, and the embeddings of the batch that it was taken on.
//
//   node bench/relative-update.mjs SIZE RATE ...      node bench/relative-update.mjs vit-b-32 3e-4 1e-5
//
// SIZE is of random-model.mjs, or a CLIP directory. The step pulls four images of noise and four random captions together,
// pair by pair; the first step of AdamW moves every weight by the whole rate, so that it is the largest a rate can take.
// Prints, for each rate: |change of the weights| / |weights|, and the mean distance that a unit embedding moved.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClipDirectory } from '@holdfast/clip';
import { createRandom } from '@holdfast/random';
import { createLocalEngine } from '../libs/engine/dist/engine-core.js';
import { writeRandomModel } from './random-model.mjs';

const [size, ...rates] = process.argv.slice(2);
const [runId, count, textLength] = ['bench', 4, 10];
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const path = existsSync(size) ? size : folder;
if (path === folder) writeRandomModel(folder, size);
const { config } = await openClipDirectory(path);

function drawBatch() {
  const random = createRandom(1);
  const { contextLength, bosTokenId, eosTokenId } = config.text;
  const tokens = new Int32Array(count * contextLength).fill(eosTokenId);
  for (let row = 0; row < count; row += 1) {
    tokens[row * contextLength] = bosTokenId;
    for (let i = 1; i < textLength - 1; i += 1) {
      tokens[row * contextLength + i] = random.integer(bosTokenId);
    }
  }
  const length = count * 3 * config.vision.imageSize ** 2;
  const pixels = Float32Array.from({ length }, () => random.normal());
  return {
    images: { count, pixels },
    texts: { count, tokens, heads: new Int32Array(count).fill(-1) },
  };
}

/** Mean distance between rows. */
function measureDistance(before, after) {
  const width = before.length / count;
  let sum = 0;
  for (let row = 0; row < count; row += 1) {
    const at = (i) => before[row * width + i] - after[row * width + i];
    sum += Math.sqrt(Array.from({ length: width }, (_, i) => at(i) ** 2).reduce((a, b) => a + b));
  }
  return sum / count;
}

async function measureWeights(engine, length) {
  let [change, old] = [0, 0];
  for (let offset = 0; offset < length; offset += 2 ** 20) {
    const part = { runId, offset, count: Math.min(2 ** 20, length - offset) };
    const before = await engine.readArray({ ...part, array: 'reference' });
    const after = await engine.readArray({ ...part, array: 'parameters' });
    for (let i = 0; i < before.length; i += 1) {
      change += (after[i] - before[i]) ** 2;
      old += before[i] ** 2;
    }
  }
  return Math.sqrt(change / old);
}

try {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 30 });
  const { arrayLength, parameterCount } = await engine.openModel({ runId, path });
  await engine.prepareEncoding({ runId, imageBatchSize: count });
  console.log(JSON.stringify({ size, parameterCount }));
  for (const rate of rates) {
    await engine.copyArray({ runId, from: 'reference', to: 'parameters' });
    for (const array of ['moment1', 'moment2']) await engine.zeroArray({ runId, array });
    const encode = (retain) =>
      engine.encode({ runId, step: 0, array: 'parameters', retain, ...drawBatch() });
    const { imageEmbeddings, textEmbeddings } = await encode(true);
    await engine.backpropagate({
      ...{ runId, step: 0, imageGradients: textEmbeddings.map((value) => -value) },
      textGradients: imageEmbeddings.map((value) => -value),
    });
    await engine.applyAdamw({
      ...{ runId, step: 1, learningRate: Number(rate), weightDecay: 0, beta1: 0.9 },
      ...{ beta2: 0.999, epsilon: 1e-8, gradientScale: 1 },
    });
    const after = await encode(false);
    const round = (value) => Number(value.toPrecision(3));
    console.log(
      JSON.stringify({
        rate: Number(rate),
        weights: round(await measureWeights(engine, arrayLength)),
        images: round(measureDistance(imageEmbeddings, after.imageEmbeddings)),
        texts: round(measureDistance(textEmbeddings, after.textEmbeddings)),
      }),
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
