import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createParameterLayout,
  nameAdapter,
  openClipDirectory,
  type ParameterLayout,
  partitionParameters,
  readClipParameters,
} from '@holdfast/clip';
import { type ArrayName, createLocalEngine, type Engine, toReference } from '@holdfast/engine';
import { TrainableScope } from '@holdfast/proto/holdfast/model/v1/model';
import {
  Objective,
  OpenRunRequest,
  type OptimizerServiceClient,
  OptimizerServiceDefinition,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOptimizerService } from './create-optimizer-service.js';

const modelPath = fileURLToPath(
  new URL('../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);
const runId = 'run';
/** A path as messages name it. */
const uriOf = (path: string) => pathToFileURL(path).href;
const { TRAINABLE_SCOPE_ADAPTERS, TRAINABLE_SCOPE_PROJECTIONS, TRAINABLE_SCOPE_HEADS } =
  TrainableScope;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-scopes-'));
});
afterAll(() => rm(root, { recursive: true }));

async function open(scope: TrainableScope, adapterRank = 4) {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
  const service = createOptimizerService({ engine, roots: [root, modelPath] });
  const client = createInProcessClient(OptimizerServiceDefinition, service);
  const { parameterCount } = await client.openRun(
    OpenRunRequest.fromPartial({
      runId,
      modelUri: uriOf(modelPath),
      heads: { count: 2, rank: 3, seed: 5 },
      objective: {
        objective: Objective.OBJECTIVE_JOINT,
        temperature: 0.05,
        movingAverage: 0.8,
        epsilon: 2 ** -23,
      },
      adamw: {
        learningRate: 1e-2,
        weightDecay: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        totalSteps: 10,
        weightAverageDecay: 0.5,
      },
      trainable: {
        scope,
        ...(scope === TRAINABLE_SCOPE_ADAPTERS && {
          adapters: { rank: adapterRank, scale: 2, seed: 3 },
        }),
      },
    }),
  );
  return { engine, client, parameterCount };
}

/** Three steps along gradients that no encoder had to compute. */
async function train(engine: Engine, client: OptimizerServiceClient): Promise<void> {
  const length = await engine.readLength({ runId });
  for (let step = 0; step < 3; step += 1) {
    const data = new Float32Array(length).map((_, i) => Math.sin(step + i));
    const gradient = { runId, array: 'gradient' } as const;
    await engine.writeArray({ ...gradient, offset: 0, data });
    const written = await engine.setVersion({ ...gradient, version: step });
    await client.step({ runId, step, gradients: [toReference(engine, runId, written)] });
  }
}

/** A model's weights, and its layout. */
async function readModel(path: string) {
  const directory = await openClipDirectory(path);
  const layout = createParameterLayout(directory.config);
  const values = new Float32Array(layout.length);
  await readClipParameters(directory, layout, values);
  return { layout, values };
}

type Model = Awaited<ReturnType<typeof readModel>>;

const bytesOf = ({ values }: { values: Float32Array }, entry: ParameterLayout['entries'][number]) =>
  Buffer.from(values.buffer, 4 * entry.offset, 4 * entry.size);

/** Names of the tensors that differ. */
function listChanged(before: Model, after: Model): string[] {
  return before.layout.entries
    .filter((entry) => !bytesOf(before, entry).equals(bytesOf(after, entry)))
    .map(({ name }) => name);
}

const adapted = /[.](self_attn[.](q|k|v|out)_proj|mlp[.]fc[12])[.]weight$/;

describe.each([
  ['adapters', TRAINABLE_SCOPE_ADAPTERS, (name: string) => adapted.test(name)],
  ['projections', TRAINABLE_SCOPE_PROJECTIONS, (name: string) => /_projection[.]/.test(name)],
  ['heads', TRAINABLE_SCOPE_HEADS, () => false],
])('the scope %s', (name, scope, trains) => {
  it('exports a plain model whose other weights are those of the source, bit for bit', async () => {
    const { engine, client } = await open(scope);
    const before = await readModel(modelPath);
    const untrained = join(root, `${name}-untrained`);
    await client.exportModel({
      runId,
      selector: {},
      modelUri: uriOf(untrained),
    });
    expect(listChanged(before, await readModel(untrained))).toEqual([]);
    await train(engine, client);
    const path = join(root, name);
    await client.exportModel({
      runId,
      selector: { average: true, interpolation: 0.5 },
      modelUri: uriOf(path),
    });
    const after = await readModel(path);
    const expected = before.layout.entries.map((entry) => entry.name).filter(trains);
    expect(listChanged(before, after)).toEqual(expected);
    const { hasHeads } = await openClipDirectory(path);
    expect(hasHeads).toBe(true);
  });

  it('goes on from its own checkpoints, and from no other scope or rank', async () => {
    const { engine, client } = await open(scope);
    await train(engine, client);
    const path = join(root, `${name}-checkpoint`);
    await client.checkpoint({ runId, checkpointUri: uriOf(path) });
    const again = await open(scope);
    expect(await again.client.restore({ runId, checkpointUri: uriOf(path) })).toMatchObject({
      stepsTaken: 3,
    });
    const read = async (from: Engine) => {
      const count = await from.readLength({ runId });
      const values = await from.readArray({ runId, array: 'moment2', offset: 0, count });
      return Buffer.from(values.buffer);
    };
    expect((await read(again.engine)).equals(await read(engine))).toBe(true);
    const other =
      scope === TRAINABLE_SCOPE_ADAPTERS
        ? await open(scope, 5)
        : await open(TRAINABLE_SCOPE_ADAPTERS);
    await expect(other.client.restore({ runId, checkpointUri: uriOf(path) })).rejects.toMatchObject(
      {
        kind: 'precondition',
      },
    );
  });
});

describe('merged adapters', () => {
  it('give the embeddings of the adapters beside their weights', async () => {
    const { engine, client } = await open(TRAINABLE_SCOPE_ADAPTERS);
    await train(engine, client);
    const path = join(root, 'merged');
    await client.exportModel({
      runId,
      selector: {},
      modelUri: uriOf(path),
    });
    const merged = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
    await merged.openModel({ runId, path });
    const pixels = new Float32Array(8 * 3 * 32 * 32).map((_, i) => 2 * Math.sin(i * i));
    const embed = async (by: Engine) => {
      await by.prepareEncoding({ runId, imageChunkSize: 4, textChunkSize: 4 });
      const { imageEmbeddings } = await by.encode({
        runId,
        step: 0,
        array: 'parameters',
        retain: false,
        images: { count: 8, pixels: pixels.slice() },
      });
      return imageEmbeddings!;
    };
    const [beside, inside] = [await embed(engine), await embed(merged)];
    const difference = beside.reduce((worst, x, i) => Math.max(worst, Math.abs(x - inside[i]!)), 0);
    const start = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
    await start.openModel({ runId, path: modelPath });
    const untrained = await embed(start);
    const moved = beside.reduce((most, x, i) => Math.max(most, Math.abs(x - untrained[i]!)), 0);
    // Roundings of fp32, where training moved embeddings by a thousand times as much and more.
    expect(difference).toBeLessThan(5e-6);
    expect(moved).toBeGreaterThan(5e-2);
  });
});

describe('adapters between the old model and the new one', () => {
  it('move the weights by alpha scale B (A_0 + alpha (A - A_0))', async () => {
    const [alpha, scale, rank] = [0.5, 2, 4];
    const { engine, client } = await open(TRAINABLE_SCOPE_ADAPTERS, rank);
    await train(engine, client);
    const path = join(root, 'between');
    await client.exportModel({
      runId,
      selector: { interpolation: alpha },
      modelUri: uriOf(path),
    });
    const [before, after] = [await readModel(modelPath), await readModel(path)];
    const layer = 'text_model.encoder.layers.1.mlp.fc2';
    const { config } = await openClipDirectory(modelPath);
    const { trainable } = partitionParameters(config, {
      scope: 'adapters',
      heads: { count: 2, rank: 3 },
      adapters: { rank },
    });
    const read = (array: ArrayName, factor: 'A' | 'B') => {
      const wanted = nameAdapter(layer, factor);
      const { offset, size: count } = trainable.entries.find(({ name }) => name === wanted)!;
      return engine.readArray({ runId, array, offset, count });
    };
    const [start, A, B] = [
      await read('reference', 'A'),
      await read('parameters', 'A'),
      await read('parameters', 'B'),
    ];
    const inputs = A.length / rank;
    const entry = before.layout.entries.find(({ name }) => name === `${layer}.weight`)!;
    let [worst, other] = [0, 0];
    for (let i = 0; i < entry.size; i += 1) {
      const [output, input] = [Math.floor(i / inputs), i % inputs];
      let [moved, whole] = [0, 0];
      for (let k = 0; k < rank; k += 1) {
        const factor = alpha * scale * B[output * rank + k]!;
        const [from, to] = [start[k * inputs + input]!, A[k * inputs + input]!];
        moved += factor * (from + alpha * (to - from));
        whole += factor * to;
      }
      const found = after.values[entry.offset + i]! - before.values[entry.offset + i]!;
      worst = Math.max(worst, Math.abs(found - moved));
      other = Math.max(other, Math.abs(found - whole));
    }
    // Roundings of fp32, where alpha scale B A is a thousand times as far off.
    expect(worst).toBeLessThan(2e-7);
    expect(other).toBeGreaterThan(2e-4);
  });
});
