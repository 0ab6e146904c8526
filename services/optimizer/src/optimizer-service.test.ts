import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { createParameterLayout, openClipDirectory, readClipParameters } from '@holdfast/clip';
import { type ArrayName, createLocalEngine, type Engine, toReference } from '@holdfast/engine';
import { createNormalizerState, objectives } from '@holdfast/objectives';
import {
  type AdamwSettings,
  EstimateObjectiveRequest,
  Objective,
  OpenRunRequest,
  type OptimizerServiceClient,
  OptimizerServiceDefinition,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import {
  fromFloat32,
  parseSafetensors,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix, toBytes } from '@holdfast/tensor';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOptimizerService } from './create-optimizer-service.js';

const modelPath = fileURLToPath(
  new URL('../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);
const runId = 'run';
/** A path as messages name it. */
const uriOf = (path: string) => pathToFileURL(path).href;
const pairs = 6;
const size = 64;

let root: string;
let engine: Engine;
let client: OptimizerServiceClient;

function openRequest(changes: Partial<AdamwSettings> = {}): OpenRunRequest {
  return OpenRunRequest.fromPartial({
    runId,
    modelUri: uriOf(modelPath),
    heads: { count: 2, rank: 3, seed: 5 },
    objective: {
      objective: Objective.OBJECTIVE_TARGET,
      temperature: 0.05,
      movingAverage: 0.8,
      epsilon: 2 ** -23,
    },
    adamw: {
      learningRate: 1e-3,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      warmupSteps: 2,
      totalSteps: 10,
      gradientNormMax: 1,
      weightAverageDecay: 0.5,
      ...changes,
    },
  });
}

/** Pairs whose embeddings depend on the seed. */
function pairsOf(step: number, seed = step): EstimateObjectiveRequest {
  const embed = (salt: number) => {
    const data = new Float32Array(pairs * size).map((_, i) => Math.sin(salt + i * (seed + 1)));
    for (let row = 0; row < pairs; row += 1) {
      const part = data.subarray(row * size, (row + 1) * size);
      const norm = Math.hypot(...part);
      for (let j = 0; j < size; j += 1) part[j]! /= norm;
    }
    return fromMatrix(createMatrix(pairs, size, data));
  };
  return EstimateObjectiveRequest.fromPartial({
    runId,
    step,
    imageEmbeddings: embed(1),
    textEmbeddings: embed(2),
    samples: [0, 1, 2, 3, 4, 5],
    captions: [0, 1, 2, 3, 4, 5],
    positives: [true, true, true, false, false, false],
  });
}

/** A gradient that no encoder had to compute, written to the engine as if taken after so many steps. */
async function writeGradient(
  version: number,
  {
    seed = version,
    largest = 1e-3,
    array = 'gradient' as 'gradient' | 'taskGradient',
    of = (i: number) => Math.sin(seed + i) * largest,
  } = {},
) {
  const count = await engine.readLength({ runId });
  const data = new Float32Array(count).map((_, i) => of(i));
  const gradient = { runId, array } as const;
  await engine.writeArray({ ...gradient, offset: 0, data });
  return toReference(engine, runId, await engine.setVersion({ ...gradient, version }));
}

async function takeSteps(from: number, to: number): Promise<void> {
  for (let step = from; step < to; step += 1) {
    await client.estimateObjective(pairsOf(step));
    await client.step({ runId, step, gradients: [await writeGradient(step)] });
  }
}

/** Identity of an array's bits; comparing element by element takes seconds. */
const bitsOf = (data: Float32Array) => sha256(toBytes(data));
const readBits = async (array: ArrayName) => bitsOf(await readAll(array));
const readAll = async (array: ArrayName) =>
  engine.readArray({ runId, array, offset: 0, count: await engine.readLength({ runId }) });

async function restart(
  changes: Partial<AdamwSettings> = {},
  opening: Partial<OpenRunRequest> = {},
): Promise<void> {
  engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createOptimizerService({ engine, roots: [root, modelPath] });
  client = createInProcessClient(OptimizerServiceDefinition, service);
  await client.openRun({ ...openRequest(changes), ...opening });
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-optimizer-'));
  await restart();
});

afterEach(() => rm(root, { recursive: true }));

describe('OpenRun', () => {
  it('answers the same request again and refuses another', async () => {
    const { parameterCount } = await client.openRun(openRequest());
    // 2 heads of [96, 3] and [3, 64] on top of the model.
    expect(parameterCount).toBe(BigInt(672_000 + 2 * 3 * (96 + 64)));
    await expect(client.openRun(openRequest({ totalSteps: 11 }))).rejects.toMatchObject({
      kind: 'precondition',
    });
  });

  it('refuses to keep more gradients than it may, or than memory takes', async () => {
    const open = (keptGradientsMax: number) =>
      client.openRun({ ...openRequest(), runId: 'kept', keptGradientsMax });
    await expect(open(65)).rejects.toMatchObject({
      violations: [{ field: 'kept_gradients_max', description: 'must be at most 64, is 65' }],
    });
    engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 23 });
    const service = createOptimizerService({ engine, roots: [modelPath] });
    client = createInProcessClient(OptimizerServiceDefinition, service);
    await expect(open(4)).rejects.toMatchObject({
      kind: 'exhausted',
      message: expect.stringMatching(
        /^4 gradients of 672\d{3} parameters take 0.01 GiB of memory, .*training.tasksPerStep.*projection/,
      ),
    });
    await expect(engine.readLength({ runId: 'kept' })).rejects.toMatchObject({ kind: 'not-open' });
    await expect(open(3)).resolves.toBeDefined();
  });

  it('leaves nothing in the engine where memory does not take the arrays', async () => {
    const local = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 20 });
    const full = new RangeError('out of memory');
    const zero = vi.spyOn(local, 'zeroArray').mockRejectedValueOnce(full);
    const service = createOptimizerService({ engine: local, roots: [modelPath] });
    const optimizer = createInProcessClient(OptimizerServiceDefinition, service);
    await expect(optimizer.openRun(openRequest())).rejects.toMatchObject({ cause: full });
    await expect(local.readLength({ runId })).rejects.toMatchObject({ kind: 'not-open' });
    zero.mockRestore();
    await expect(optimizer.openRun(openRequest())).resolves.toBeDefined();
  });

  it('names every field that is wrong', async () => {
    const request = OpenRunRequest.fromPartial({
      runId: 'other',
      modelUri: 'file:///etc',
      heads: { count: 1, rank: 0 },
      objective: { temperature: 0, movingAverage: 2 },
      adamw: { beta1: 1, learningRate: Number.NaN, gradientNormMax: 0, weightAverageDecay: 0 },
    });
    const error = await client.openRun(request).catch((e) => e);
    expect(error.kind).toBe('invalid');
    expect(error.violations.map(({ field }: { field: string }) => field)).toEqual(
      expect.arrayContaining([
        'heads.rank',
        'model_uri',
        'objective.objective',
        'objective.temperature',
        'objective.moving_average',
        'adamw.learning_rate',
        'adamw.beta1',
        'adamw.epsilon',
        'adamw.total_steps',
        'adamw.gradient_norm_max',
        'adamw.weight_average_decay',
      ]),
    );
    // What could not be opened is not there.
    await expect(client.step({ runId: 'other', step: 0 })).rejects.toMatchObject({
      kind: 'not-open',
    });
  });
});

describe('EstimateObjective', () => {
  it('answers a repeated step the same and folds it in once', async () => {
    const first = await client.estimateObjective(pairsOf(0));
    const again = await client.estimateObjective(pairsOf(0));
    expect(again).toEqual(first);
    const second = await client.estimateObjective(pairsOf(1, 0));
    // Averaging equal terms changes nothing but a rounding: the same batch has the same value.
    expect(second.value).toBe(first.value);
    await expect(client.estimateObjective(pairsOf(0))).rejects.toMatchObject({
      kind: 'out-of-step',
    });
  });

  it('weighs the protected pairs', async () => {
    const settings = openRequest().objective!;
    const weighted = { ...settings, objective: Objective.OBJECTIVE_WEIGHTED };
    const open = (protectedShare: number) =>
      client.openRun({
        ...openRequest(),
        runId: 'weighted',
        objective: { ...weighted, protectedShare },
      });
    await expect(open(1)).rejects.toMatchObject({
      violations: [{ field: 'objective.protected_share' }],
    });
    await open(0.25);
    const batch = { ...pairsOf(0), runId: 'weighted' };
    await expect(client.estimateObjective(batch)).rejects.toMatchObject({
      violations: [{ field: 'protected_pairs' }],
    });
    const protectedPairs = 2;
    const estimate = await client.estimateObjective({ ...batch, protectedPairs });
    const { samples, captions, positives } = batch;
    const pairs = {
      imageEmbeddings: toMatrix(batch.imageEmbeddings, 'images'),
      textEmbeddings: toMatrix(batch.textEmbeddings, 'texts'),
      ...{ samples, captions, positives, protectedPairs },
    };
    const share = { ...settings, protectedShare: 0.25 };
    const expected = objectives.weighted.estimate(pairs, createNormalizerState(), share);
    expect(estimate.value).toBe(expected.value);
    expect(estimate.imageGradients).toEqual(fromMatrix(expected.imageGradients));
  });

  it('names what is wrong with a batch', async () => {
    const request = pairsOf(0);
    const broken = { ...request, captions: [0, 1, 2, 3, 4, 99], positives: [true] };
    await expect(client.estimateObjective(broken)).rejects.toMatchObject({
      kind: 'invalid',
      violations: [
        expect.objectContaining({ field: 'positives' }),
        expect.objectContaining({ field: 'captions[5]' }),
        expect.objectContaining({ field: 'positives' }),
      ],
    });
  });
});

describe('Step', () => {
  it('answers a repeated step the same and takes it once', async () => {
    const gradient = await writeGradient(0);
    const first = await client.step({ runId, step: 0, gradients: [gradient] });
    const after = await readBits('parameters');
    expect(first).toMatchObject({ learningRate: 5e-4, stepsTaken: 1 });
    expect(await client.step({ runId, step: 0, gradients: [gradient] })).toEqual(first);
    expect(await readBits('parameters')).toBe(after);
    await expect(client.step({ runId, step: 2, gradients: [gradient] })).rejects.toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('step 1 is next'),
    });
  });

  it('takes no step along a gradient that is not finite, and says where it is not', async () => {
    const before = await readBits('parameters');
    await writeGradient(0);
    const data = Float32Array.of(Number.NaN);
    await engine.writeArray({ runId, array: 'gradient', offset: 3, data });
    const written = await engine.setVersion({ runId, array: 'gradient', version: 0 });
    const gradient = toReference(engine, runId, written);
    await expect(client.step({ runId, step: 0, gradients: [gradient] })).rejects.toMatchObject({
      kind: 'diverged',
      message: expect.stringContaining('class_embedding[3] is NaN'),
    });
    expect(await readBits('parameters')).toBe(before);
    expect(
      await client.step({ runId, step: 0, gradients: [await writeGradient(0)] }),
    ).toMatchObject({
      stepsTaken: 1,
    });
  });

  it('clips a gradient to the largest norm', async () => {
    // AdamW does not see the scale of a first gradient, but its first moment does.
    const steepness = async (largest: number) => {
      await restart();
      const gradient = await writeGradient(0, { largest });
      const { gradientNorm } = await client.step({ runId, step: 0, gradients: [gradient] });
      const moment = Math.sqrt(await engine.computeSquaredNorm({ runId, array: 'moment1' }));
      return { gradientNorm, taken: moment / (1 - 0.9) };
    };
    // 672,000 sines and the heads: about 0.58 and 5.8; the largest norm is 1.
    const gentle = await steepness(1e-3);
    expect(gentle.taken).toBeCloseTo(gentle.gradientNorm, 4);
    const steep = await steepness(1e-2);
    expect(steep.gradientNorm).toBeCloseTo(10 * gentle.gradientNorm, 2);
    expect(steep.taken).toBeCloseTo(1, 4);
  });

  it('adds several gradients in float32, and leaves them', async () => {
    const [one, other] = [(i: number) => 1e-3 * Math.sin(i), (i: number) => 0.3 * Math.cos(3 * i)];
    const { fround } = Math;
    const sum = await writeGradient(0, { of: (i) => fround(fround(one(i)) + fround(other(i))) });
    const whole = await client.step({ runId, step: 0, gradients: [sum] });
    const expected = await readBits('parameters');
    await restart();
    const gradients = [
      await writeGradient(0, { of: one }),
      await writeGradient(0, { of: other, array: 'taskGradient' }),
    ];
    const before = [await readBits('gradient'), await readBits('taskGradient')];
    const twice = client.step({ runId, step: 0, gradients: [...gradients, gradients[0]!] });
    await expect(twice).rejects.toMatchObject({ violations: [{ field: 'gradients' }] });
    const none = client.step({ runId, step: 0 });
    await expect(none).rejects.toMatchObject({ violations: [{ field: 'gradients' }] });
    const taken = await client.step({ runId, step: 0, gradients });
    expect(await readBits('parameters')).toBe(expected);
    // The squares are added piece by piece, in float64.
    expect(taken.gradientNorm).toBeCloseTo(whole.gradientNorm, 9);
    expect([await readBits('gradient'), await readBits('taskGradient')]).toEqual(before);
    expect(await client.step({ runId, step: 0, gradients })).toEqual(taken);
  });

  it('takes the first gradient, projected where it goes against the second', async () => {
    const g = (i: number) => 1e-3 * Math.sin(i);
    const r = (i: number) => 0.3 * Math.cos(3 * i) - 0.2 * Math.sin(i);
    const { fround } = Math;
    const count = await engine.readLength({ runId });
    const sums = { product: 0, square: 0 };
    for (let i = 0; i < count; i += 1) {
      sums.product += fround(g(i)) * fround(r(i));
      sums.square += fround(r(i)) ** 2;
    }
    const factor = -sums.product / sums.square;
    // They hold the same sine: g goes against r.
    expect(sums.product).toBeLessThan(0);
    const along = (i: number) => -r(i);
    const take = async (first: typeof g, second?: typeof g) => {
      await restart();
      const gradients = [await writeGradient(0, { of: first })];
      if (second) gradients.push(await writeGradient(0, { of: second, array: 'taskGradient' }));
      const request = { runId, step: 0, gradients, project: second !== undefined };
      const answer = await client.step(request);
      expect(await client.step(request)).toEqual(answer);
      return { ...answer, bits: await readBits('parameters'), moments: await readAll('moment1') };
    };
    const alone = await take(g);
    const free = await take(g, along);
    expect(free).toMatchObject({ projection: 0, gradientNorm: alone.gradientNorm });
    expect(free.bits).toBe(alone.bits);
    const held = await take(g, r);
    expect(held.projection).toBeCloseTo(factor, 9);
    const by = fround(held.projection!);
    const projected = await take((i) => fround(fround(g(i)) + fround(by * fround(r(i)))));
    expect(held.bits).toBe(projected.bits);
    // The first moment is 0.1 g: what is left of it does not go against the second.
    const product = held.moments.reduce((sum, m, i) => sum + m * r(i), 0);
    expect(Math.abs(product)).toBeLessThan(1e-5 * Math.abs(sums.product));
  });

  it('takes the gradient nearest to the first that goes against none of those kept', async () => {
    const { fround } = Math;
    const g = (i: number) => fround(1e-3 * Math.sin(i));
    const tasks = [
      (i: number) => fround(0.3 * Math.cos(3 * i) - 0.2 * Math.sin(i)),
      (i: number) => fround(2 * Math.cos(5 * i) - 3 * Math.sin(i)),
      (i: number) => fround(0.01 * Math.cos(7 * i) + 0.01 * Math.sin(i)),
    ];
    const take = async (first: typeof g, kept: readonly (typeof g)[] = []) => {
      await restart({}, { keptGradientsMax: 3 });
      for (const [index, of] of kept.entries()) {
        const gradient = await writeGradient(0, { of, array: 'taskGradient' });
        await client.keepGradient({ runId, step: 0, index, gradient });
      }
      const gradients = [await writeGradient(0, { of: first })];
      const request = { runId, step: 0, gradients, keptGradients: kept.length };
      const answer = await client.step(request);
      expect(await client.step(request)).toEqual(answer);
      return { ...answer, bits: await readBits('parameters'), moments: await readAll('moment1') };
    };
    const alone = await take(g);
    const free = await take(g, [tasks[2]!, (i) => -tasks[0]!(i)]);
    expect(free).toMatchObject({ keptWeights: [0, 0], gradientNorm: alone.gradientNorm });
    expect(free.bits).toBe(alone.bits);
    const held = await take(g, tasks);
    const [v, w, none] = held.keptWeights;
    expect([v! > 0, w! > 0, none]).toEqual([true, true, 0]);
    const added = (i: number) =>
      fround(fround(fround(v!) * tasks[0]!(i)) + fround(fround(w!) * tasks[1]!(i)));
    const projected = await take((i) => fround(g(i) + added(i)));
    expect(held.bits).toBe(projected.bits);
    expect(held.gradientNorm).toBeLessThan(alone.gradientNorm);
    // The first moment is 0.1 of what is taken: it goes against none, and is at right angles to those that count.
    const cosines = tasks.map((of) => {
      const sums = { product: 0, moment: 0, task: 0 };
      held.moments.forEach((m, i) => {
        sums.product += m * of(i);
        sums.moment += m * m;
        sums.task += of(i) ** 2;
      });
      return sums.product / Math.sqrt(sums.moment * sums.task);
    });
    expect(Math.abs(cosines[0]!)).toBeLessThan(1e-5);
    expect(Math.abs(cosines[1]!)).toBeLessThan(1e-5);
    expect(cosines[2]).toBeGreaterThan(0);
  });

  it('keeps gradients of the next step alone, as many as were reserved, and takes those of its own', async () => {
    await restart({}, { keptGradientsMax: 1 });
    const gradient = await writeGradient(0);
    const keep = (changes = {}) =>
      client.keepGradient({ runId, step: 0, index: 0, gradient, ...changes });
    await expect(keep({ index: 1 })).rejects.toMatchObject({
      violations: [
        { field: 'index', description: 'must be below the 1 that OpenRun reserved, is 1' },
      ],
    });
    await expect(keep({ step: 1 })).rejects.toMatchObject({ kind: 'out-of-step' });
    await expect(keep({ gradient: { ...gradient, runId: 'x' } })).rejects.toMatchObject({
      kind: 'not-open',
    });
    const step = (changes = {}) =>
      client.step({ runId, step: 0, gradients: [gradient], keptGradients: 1, ...changes });
    await expect(step()).rejects.toThrow('kept gradient 0 stands for nothing, not for 0');
    await keep();
    const of = { array: 'taskGradient' } as const;
    const both = [gradient, await writeGradient(0, of)];
    await expect(step({ gradients: both, project: true })).rejects.toMatchObject({
      violations: [{ field: 'kept_gradients' }],
    });
    await expect(step({ gradients: [both[1]] })).rejects.toMatchObject({
      violations: [{ field: 'gradients[0]' }],
    });
    await step();
    const second = { gradients: [await writeGradient(1)], step: 1 };
    await expect(step(second)).rejects.toThrow('kept gradient 0 stands for 0, not for 1');
  });

  it('goes on from a checkpoint with the same bits, though what is kept is in none', async () => {
    await restart({}, { keptGradientsMax: 1 });
    const take = async (step: number) => {
      const of = (i: number) => -Math.sin(step + i) + 0.5 * Math.cos(i);
      const gradient = await writeGradient(step, { of, array: 'taskGradient' });
      await client.keepGradient({ runId, step, index: 0, gradient });
      const gradients = [await writeGradient(step)];
      return client.step({ runId, step, gradients, keptGradients: 1 });
    };
    await take(0);
    const checkpointUri = uriOf(join(root, 'checkpoint'));
    await client.checkpoint({ runId, checkpointUri });
    const { keptWeights } = await take(1);
    expect(keptWeights[0]).toBeGreaterThan(0);
    const after = await readBits('parameters');
    await restart({}, { keptGradientsMax: 1 });
    await client.restore({ runId, checkpointUri });
    expect((await take(1)).keptWeights).toEqual(keptWeights);
    expect(await readBits('parameters')).toBe(after);
  });

  it('takes no step by a kept gradient that is not finite', async () => {
    await restart({}, { keptGradientsMax: 1 });
    const of = (i: number) => (i === 3 ? Number.NaN : 0);
    const gradient = await writeGradient(0, { of, array: 'taskGradient' });
    await client.keepGradient({ runId, step: 0, index: 0, gradient });
    const gradients = [await writeGradient(0)];
    const before = await readBits('parameters');
    await expect(
      client.step({ runId, step: 0, gradients, keptGradients: 1 }),
    ).rejects.toMatchObject({
      kind: 'diverged',
      message: expect.stringContaining('kept gradient 0 has the norm NaN'),
    });
    expect(await readBits('parameters')).toBe(before);
  });

  it('projects one gradient by one other, and both must be numbers', async () => {
    const gradient = await writeGradient(0);
    const one = client.step({ runId, step: 0, gradients: [gradient], project: true });
    await expect(one).rejects.toMatchObject({ violations: [{ field: 'project' }] });
    const of = (i: number) => (i === 3 ? Number.NaN : 0);
    const gradients = [gradient, await writeGradient(0, { of, array: 'taskGradient' })];
    const both = client.step({ runId, step: 0, gradients, project: true });
    await expect(both).rejects.toThrow('class_embedding[3] is NaN');
  });

  it('says which of several gradients is not finite or stale', async () => {
    const gradient = await writeGradient(0);
    const stale = await writeGradient(1, { array: 'taskGradient' });
    const take = (second: typeof stale) =>
      client.step({ runId, step: 0, gradients: [gradient, second] });
    await expect(take(stale)).rejects.toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('gradients[1]'),
    });
    const of = (i: number) => (i === 3 ? Number.NaN : 0);
    await expect(take(await writeGradient(0, { array: 'taskGradient', of }))).rejects.toThrow(
      'taskGradient, vision_model.embeddings.class_embedding[3] is NaN',
    );
  });

  it('refuses a gradient that has been written since, or of another engine', async () => {
    const gradient = await writeGradient(0);
    await writeGradient(1);
    await expect(client.step({ runId, step: 0, gradients: [gradient] })).rejects.toMatchObject({
      kind: 'out-of-step',
    });
    const foreign = { ...gradient, engineId: 'elsewhere' };
    await expect(client.step({ runId, step: 0, gradients: [foreign] })).rejects.toMatchObject({
      kind: 'not-open',
    });
  });

  it('refuses a gradient that was taken at other parameters', async () => {
    await takeSteps(0, 1);
    const before = await readBits('parameters');
    const stale = await writeGradient(0);
    await expect(client.step({ runId, step: 1, gradients: [stale] })).rejects.toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('taken at the parameters after 0 steps'),
    });
    const unnamed = { ...(await writeGradient(1)), version: undefined };
    await expect(client.step({ runId, step: 1, gradients: [unnamed] })).rejects.toMatchObject({
      violations: [{ field: 'gradients[0].version' }],
    });
    expect(await readBits('parameters')).toBe(before);
  });

  it('refuses parameters that somebody else wrote, until a checkpoint puts them back', async () => {
    await takeSteps(0, 1);
    const path = join(root, 'checkpoint');
    await client.checkpoint({ runId, checkpointUri: uriOf(path) });
    await engine.copyArray({ runId, from: 'reference', to: 'parameters' });
    const gradient = await writeGradient(1);
    await expect(client.step({ runId, step: 1, gradients: [gradient] })).rejects.toMatchObject({
      kind: 'out-of-step',
      message: expect.stringContaining('at version 0'),
    });
    const restored = await client.restore({ runId, checkpointUri: uriOf(path) });
    expect(restored.parameters?.version).toBe(1);
    expect((await client.step({ runId, step: 1, gradients: [gradient] })).parameters?.version).toBe(
      2,
    );
  });

  it('pulls weights, those of heads too, towards where they began', async () => {
    const still = { of: () => 0 };
    const take = async (step: number, options = {}) =>
      client.step({ runId, step, gradients: [await writeGradient(step, options)] });
    const [rate, weightDecay] = [1e-3, 100];
    await restart({ weightDecay, decayTowardsReference: true, beta1: 0, beta2: 0, warmupSteps: 0 });
    const reference = await readAll('reference');
    await take(0, still);
    expect(await readBits('parameters')).toBe(bitsOf(reference));
    await take(1, { of: (i: number) => Math.cos(i) });
    const moved = await readAll('parameters');
    const { learningRate } = await take(2, still);
    expect(learningRate).toBeLessThan(rate);
    const after = await readAll('parameters');
    const left = (w: number, r: number) => r + (1 - learningRate * weightDecay) * (w - r);
    // Of numbers up to about 1, in float32.
    const wrong = after.findIndex((w, i) => Math.abs(w - left(moved[i]!, reference[i]!)) > 2e-7);
    expect(wrong).toBe(-1);
    expect(
      Math.max(...moved.slice(-16).map((w, i) => Math.abs(w - reference.at(i - 16)!))),
    ).toBeGreaterThan(5e-4);
  });

  it('keeps a moving average of the weights', async () => {
    const before = await readAll('parameters');
    await client.step({ runId, step: 0, gradients: [await writeGradient(0)] });
    const after = await readAll('parameters');
    const middle = before.map((value, i) => 0.5 * value + 0.5 * after[i]!);
    expect(await readBits('average')).toBe(bitsOf(middle));
  });
});

describe('Checkpoint and Restore', () => {
  it.each([
    ['decays towards zero', {}],
    ['decays towards the reference', { weightDecay: 50, decayTowardsReference: true }],
  ])('resume with the bits of a run that was not stopped and %s', async (_, changes) => {
    await restart(changes);
    await takeSteps(0, 3);
    const path = join(root, 'checkpoint');
    const { stepsTaken, sha256 } = await client.checkpoint({ runId, checkpointUri: uriOf(path) });
    expect(stepsTaken).toBe(3);
    expect(Object.keys(sha256).sort()).toEqual([
      'average.safetensors',
      'moment1.safetensors',
      'moment2.safetensors',
      'normalizers.safetensors',
      'parameters.safetensors',
      'state.json',
    ]);
    await takeSteps(3, 5);
    const arrays = ['parameters', 'moment1', 'moment2', 'average'] as const;
    const straight = await Promise.all(arrays.map(readBits));
    const estimate = await client.estimateObjective(pairsOf(5));

    await restart(changes);
    const restored = await client.restore({ runId, checkpointUri: uriOf(path) });
    expect(restored.stepsTaken).toBe(3);
    await takeSteps(3, 5);
    expect(await Promise.all(arrays.map(readBits))).toEqual(straight);
    expect(await client.estimateObjective(pairsOf(5))).toEqual(estimate);
  });

  it('refuses a checkpoint between objective and step, and a damaged one', async () => {
    await takeSteps(0, 1);
    const path = join(root, 'checkpoint');
    await client.checkpoint({ runId, checkpointUri: uriOf(path) });
    await client.estimateObjective(pairsOf(1));
    await expect(
      client.checkpoint({ runId, checkpointUri: uriOf(join(root, 'b')) }),
    ).rejects.toMatchObject({
      kind: 'out-of-step',
    });
    const before = await readBits('parameters');
    const file = join(path, 'moment2.safetensors');
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(file, bytes);
    await expect(client.restore({ runId, checkpointUri: uriOf(path) })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('moment2.safetensors'),
    });
    expect(await readBits('parameters')).toBe(before);
    await expect(client.restore({ runId, checkpointUri: uriOf(root) })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

describe('PrepareParameters and ExportModel', () => {
  it('interpolate a version with the reference', async () => {
    await takeSteps(0, 1);
    const path = join(root, 'checkpoint');
    await client.checkpoint({ runId, checkpointUri: uriOf(path) });
    await takeSteps(1, 2);
    const versions: (number | undefined)[] = [];
    const prepare = async (from: string | undefined, average: boolean, interpolation?: number) => {
      const selector = { checkpointUri: from && uriOf(from), average, interpolation };
      const { parameters } = await client.prepareParameters({ runId, selector });
      versions.push(parameters?.version);
      return readAll('evaluation');
    };
    expect(bitsOf(await prepare(undefined, false))).toBe(await readBits('parameters'));
    expect(bitsOf(await prepare(undefined, true, 1))).toBe(await readBits('average'));
    const then = await prepare(path, false, 1);
    expect(bitsOf(then)).not.toBe(await readBits('parameters'));
    const reference = await readAll('reference');
    const half = reference.map((old, i) => Math.fround(old + 0.5 * Math.fround(then[i]! - old)));
    expect(bitsOf(await prepare(path, false, 0.5))).toBe(bitsOf(half));
    expect(versions).toEqual([1, 2, 3, 4]);
    await expect(prepare(undefined, false, 0)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('write a model that opens with the weights of the version', async () => {
    await takeSteps(0, 1);
    const path = join(root, 'candidate');
    const modelUri = uriOf(path);
    const { modelSha256 } = await client.exportModel({ runId, modelUri, selector: {} });
    const directory = await openClipDirectory(path);
    expect(directory.sha256).toBe(modelSha256);
    expect(directory.heads).toMatchObject({ count: 2, rank: 3 });
    // Again is no more; over a folder of other files, as all the data, or the model that it began with, is refused.
    await client.exportModel({ runId, modelUri, selector: {} });
    const onto = (uri: string) => client.exportModel({ runId, modelUri: uri, selector: {} });
    await expect(onto(uriOf(root))).rejects.toMatchObject({ kind: 'precondition' });
    await expect(onto(uriOf(modelPath))).rejects.toMatchObject({ kind: 'invalid' });
    const checkpoint = client.checkpoint({ runId, checkpointUri: uriOf(root) });
    await expect(checkpoint).rejects.toMatchObject({ kind: 'precondition' });
    expect((await openClipDirectory(path)).sha256).toBe(modelSha256);
  });

  it.each(['F16', 'BF16'] as const)('measure of a model in %s what is written', async (dtype) => {
    const path = join(root, 'half');
    await cp(modelPath, path, { recursive: true });
    const file = join(path, 'model.safetensors');
    const { tensors } = parseSafetensors(await readFile(file));
    const halves = [...tensors].map(([name, tensor]) => {
      const data = fromFloat32(dtype, toFloat32(tensor));
      return [name, { ...tensor, dtype, data }] as const;
    });
    await writeFile(file, serializeSafetensors(new Map(halves)));
    await client.closeRun({ runId });
    await client.openRun({ ...openRequest(), modelUri: uriOf(path) });
    await takeSteps(0, 1);
    const selector = { interpolation: 0.5 };
    const { parameters } = await client.prepareParameters({ runId, selector });
    const judged = await readAll('evaluation');
    expect(await engine.readVersion({ runId, array: 'evaluation' })).toMatchObject({
      version: parameters!.version,
    });
    const modelUri = uriOf(join(root, 'candidate'));
    await client.exportModel({ runId, modelUri, selector });
    const written = await openClipDirectory(join(root, 'candidate'));
    const layout = createParameterLayout(written.config, { count: 2, rank: 3 });
    const released = new Float32Array(layout.length);
    await readClipParameters(written, layout, released);
    expect(bitsOf(judged)).toBe(bitsOf(released));
    // What training goes on from is not rounded.
    expect(bitsOf(judged)).not.toBe(await readBits('reference'));
    await client.prepareParameters({ runId, selector: {} });
    expect(await readBits('evaluation')).not.toBe(await readBits('parameters'));
  });
});
