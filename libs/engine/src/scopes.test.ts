import {
  adaptedLayers,
  nameAdapter,
  openClipDirectory,
  type ParameterPartition,
  partitionParameters,
  type TrainableScope,
} from '@holdfast/clip';
import { createRandom } from '@holdfast/random';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
import { createLocalEngine } from './engine-core.js';
import {
  drawGradients,
  drawImages,
  drawTexts,
  embeddingSize,
  modelPath,
  runId,
} from './test-support/small-engine.js';

const heads = { count: 3, rank: 4, seed: 1 };
const adapters = { rank: 2, scale: 1.5, seed: 5 };
const counts = { images: 5, texts: 9 };
const scopes = ['full', 'adapters', 'projections', 'heads'] as const;
let partitions: Record<TrainableScope, ParameterPartition>;

beforeAll(async () => {
  const { config } = await openClipDirectory(modelPath);
  const divide = (scope: TrainableScope) => partitionParameters(config, { scope, heads, adapters });
  partitions = Object.fromEntries(
    scopes.map((scope) => [scope, divide(scope)]),
  ) as typeof partitions;
});

/** Parameters by name. */
type Named = Map<string, Float32Array>;

async function openScope(scope: TrainableScope): Promise<Engine> {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 30 });
  const of = scope === 'adapters' ? { adapters } : {};
  await engine.openModel({ runId, path: modelPath, heads, scope, ...of });
  await engine.prepareEncoding({ runId, imageChunkSize: 4, textChunkSize: 4 });
  return engine;
}

async function readAll(
  engine: Engine,
  scope: TrainableScope,
  array: 'parameters' | 'gradient',
): Promise<Named> {
  const layout = partitions[scope].trainable;
  const all = await engine.readArray({ runId, array, offset: 0, count: layout.length });
  return new Map(
    layout.entries.map(({ name, offset, size }) => [name, all.subarray(offset, offset + size)]),
  );
}

async function write(engine: Engine, scope: TrainableScope, values: Named): Promise<void> {
  for (const [name, data] of values) {
    const { offset } = partitions[scope].trainable.get(name);
    await engine.writeArray({ runId, array: 'parameters', offset, data: data.slice() });
  }
}

/** Numbers for what starts at 0, so that every gradient is one. */
function drawFactors(scope: TrainableScope): Named {
  const random = createRandom(7);
  const entries = partitions[scope].trainable.entries.filter(({ name }) => name.endsWith('.B'));
  return new Map(
    entries.map(({ name, size }) => [name, new Float32Array(size).map(() => random.normal() / 10)]),
  );
}

/** A batch as the scope takes it. */
async function prepareBatch(engine: Engine, scope: TrainableScope) {
  const images = drawImages(counts.images);
  const texts = drawTexts(counts.texts);
  if (scope === 'full' || scope === 'adapters') return { images, texts };
  const { heads: rows } = texts;
  const { imageFeatures, textFeatures } = await engine.extractFeatures({ runId, images, texts });
  return {
    images: { count: counts.images, features: imageFeatures! },
    texts: { count: counts.texts, features: textFeatures!, heads: rows },
  };
}

async function pass(engine: Engine, scope: TrainableScope) {
  const batch = await prepareBatch(engine, scope);
  const encoded = await engine.encode({
    runId,
    step: 0,
    array: 'parameters',
    retain: true,
    ...batch,
  });
  // Another batch in between, as a step's reference has, must not disturb the one that is kept.
  await engine.encode({
    runId,
    step: 0,
    array: 'reference',
    retain: false,
    ...(await prepareBatch(engine, scope)),
  });
  await engine.backpropagate({
    runId,
    step: 0,
    imageGradients: drawGradients(counts.images, 1),
    textGradients: drawGradients(counts.texts, 2),
  });
  return { encoded, gradient: await readAll(engine, scope, 'gradient') };
}

/** Largest difference over largest expected value. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return largest === 0 ? difference : difference / largest;
}

const hasSameBits = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  );

describe.each(['projections', 'heads'] as const)('the scope %s', (scope) => {
  it('has the embeddings and the gradient of the full model, of what trains only', async () => {
    const whole = await openScope('full');
    const part = await openScope(scope);
    await write(whole, 'full', drawFactors(scope));
    await write(part, scope, drawFactors(scope));
    const expected = await pass(whole, 'full');
    const actual = await pass(part, scope);
    // The rows of a product do not depend on how many there are.
    const [images, whole1] = [actual.encoded.imageEmbeddings!, expected.encoded.imageEmbeddings!];
    expect(hasSameBits(images, whole1)).toBe(true);
    const [texts, whole2] = [actual.encoded.textEmbeddings!, expected.encoded.textEmbeddings!];
    for (const [row, head] of drawTexts(counts.texts).heads.entries()) {
      const [text, expectedText] = [texts, whole2].map((all) =>
        all.subarray(row * embeddingSize, (row + 1) * embeddingSize),
      ) as [Float32Array, Float32Array];
      // What a head adds is summed in another order: some roundings of 6e-8.
      if (head >= 0) expect(distance(text, expectedText)).toBeLessThan(1e-6);
      else expect(hasSameBits(text, expectedText)).toBe(true);
    }
    expect(actual.gradient.size).toBeGreaterThan(0);
    for (const [name, values] of actual.gradient) {
      // Sums over 9 rows in another order.
      expect.soft(distance(values, expected.gradient.get(name)!), name).toBeLessThan(1e-6);
    }
  });

  it('trains nothing else, and keeps no array for anything else', async () => {
    const engine = await openScope(scope);
    const extract = () => engine.extractFeatures({ runId, texts: drawTexts(counts.texts) });
    const before = await extract();
    await pass(engine, scope);
    await engine.applyAdamw({
      runId,
      step: 1,
      learningRate: 1e-2,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      gradientScale: 1,
    });
    const after = await extract();
    expect(hasSameBits(after.textFeatures!, before.textFeatures!)).toBe(true);
    const { trainable, frozen } = partitions[scope];
    expect(await engine.readLength({ runId })).toBe(trainable.length);
    expect(trainable.count + frozen.count).toBe(partitions.full.trainable.count);
  });

  it('takes features and nothing else', async () => {
    const engine = await openScope(scope);
    const images = drawImages(1);
    await expect(
      engine.encode({ runId, step: 0, array: 'parameters', retain: false, images }),
    ).rejects.toMatchObject({ kind: 'precondition' });
    const whole = await openScope('full');
    await expect(whole.extractFeatures({ runId, images })).rejects.toMatchObject({
      kind: 'precondition',
    });
    await expect(
      whole.encode({
        runId,
        step: 0,
        array: 'parameters',
        retain: false,
        images: { count: 1, features: new Float32Array(96) },
      }),
    ).rejects.toMatchObject({ kind: 'precondition' });
  });
});

describe('the scope adapters', () => {
  it('is the reference, bit for bit, before the first step', async () => {
    const expected = await pass(await openScope('full'), 'full');
    const actual = await pass(await openScope('adapters'), 'adapters');
    for (const kind of ['imageEmbeddings', 'textEmbeddings'] as const) {
      expect(hasSameBits(actual.encoded[kind]!, expected.encoded[kind]!)).toBe(true);
    }
  });

  it('has the gradient that the chain rule gives from that of the merged weights', async () => {
    const engine = await openScope('adapters');
    await write(engine, 'adapters', drawFactors('adapters'));
    const factors = await readAll(engine, 'adapters', 'parameters');
    const merged = await openScope('full');
    const weights = await readAll(merged, 'full', 'parameters');
    const layers = [...weights.keys()]
      .filter((name) => adaptedLayers.some((layer) => name.endsWith(`${layer}.weight`)))
      .map((name) => name.slice(0, -'.weight'.length));
    const factorsOf = (layer: string) => ({
      A: factors.get(nameAdapter(layer, 'A'))!,
      B: factors.get(nameAdapter(layer, 'B'))!,
    });
    await write(
      merged,
      'full',
      new Map([
        ...[...factors].filter(([name]) => name.startsWith('heads.')),
        ...layers.map((layer): [string, Float32Array] => {
          const weight = weights.get(`${layer}.weight`)!;
          return [`${layer}.weight`, addProduct(weight, factorsOf(layer))];
        }),
      ]),
    );
    const expected = await pass(merged, 'full');
    const actual = await pass(engine, 'adapters');
    for (const kind of ['imageEmbeddings', 'textEmbeddings'] as const) {
      // fp32 roundings of four layers.
      expect(distance(actual.encoded[kind]!, expected.encoded[kind]!)).toBeLessThan(1e-5);
    }
    for (const layer of layers) {
      const { A, B } = factorsOf(layer);
      const dW = expected.gradient.get(`${layer}.weight`)!;
      const found = (factor: 'A' | 'B') => actual.gradient.get(nameAdapter(layer, factor))!;
      expect.soft(distance(found('A'), gradientOfA(dW, B)), `${layer} A`).toBeLessThan(1e-4);
      expect.soft(distance(found('B'), gradientOfB(dW, A)), `${layer} B`).toBeLessThan(1e-4);
    }
    const names = [...actual.gradient.keys()].filter((name) => name.includes('.adapter.'));
    expect(names).toHaveLength(2 * layers.length);
  });
});

const { rank, scale } = adapters;

/** W + scale B A */
function addProduct(W: Float32Array, { A, B }: { A: Float32Array; B: Float32Array }) {
  const inputs = A.length / rank;
  return W.map((weight, at) => {
    const [output, input] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let k = 0; k < rank; k += 1) sum += B[output * rank + k]! * A[k * inputs + input]!;
    return weight + scale * sum;
  });
}

/** dA = scale B^T dW */
function gradientOfA(dW: Float32Array, B: Float32Array): Float32Array {
  const outputs = B.length / rank;
  const inputs = dW.length / outputs;
  return new Float32Array(rank * inputs).map((_, at) => {
    const [k, input] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let o = 0; o < outputs; o += 1) sum += B[o * rank + k]! * dW[o * inputs + input]!;
    return scale * sum;
  });
}

/** dB = scale dW A^T */
function gradientOfB(dW: Float32Array, A: Float32Array): Float32Array {
  const inputs = A.length / rank;
  const outputs = dW.length / inputs;
  return new Float32Array(outputs * rank).map((_, at) => {
    const [output, k] = [Math.floor(at / rank), at % rank];
    let sum = 0;
    for (let i = 0; i < inputs; i += 1) sum += dW[output * inputs + i]! * A[k * inputs + i]!;
    return scale * sum;
  });
}
