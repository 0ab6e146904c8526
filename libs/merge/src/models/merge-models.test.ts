import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openClipDirectory } from '@holdfast/clip';
import { fromFloat32, serializeSafetensors } from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { type MergeMethod, mergeRecordSchema } from '../merge-record.js';
import {
  basePath,
  makeFolder,
  readTensors,
  writeChanged,
  writeNoisy,
} from '../test-support/write-models.js';
import { mergeModels } from './merge-models.js';

interface Request {
  readonly method?: MergeMethod;
  readonly weights?: readonly number[];
  readonly scale?: number;
  readonly signal?: AbortSignal;
  readonly target?: string;
}

async function merge(paths: readonly string[], request: Request = {}) {
  const { weights = paths.map(() => 1 / paths.length), method = { name: 'linear' } } = request;
  const target = request.target ?? join(await makeFolder(), 'merged');
  const told: [number, number][] = [];
  const record = await mergeModels({
    base: { path: basePath, name: 'old' },
    models: paths.map((path, i) => ({ path, name: `model ${i}`, weight: weights[i]! })),
    method,
    scale: request.scale ?? 1,
    target,
    signal: request.signal ?? new AbortController().signal,
    onProgress: (done, total) => told.push([done, total]),
  });
  return { record, target, told };
}

describe('mergeModels', () => {
  it('writes a directory that opens, with what it was made of', async () => {
    const models = [await writeNoisy(1), await writeNoisy(2)];
    const weights = [0.75, 0.5];
    const { record, target, told } = await merge(models, { weights, scale: 0.8 });
    const [base, one, two, merged] = await Promise.all([basePath, ...models, target].map(open));
    expect(merged!.sha256).toBe(record.sha256);
    const written = JSON.parse(await readFile(join(target, 'merge.json'), 'utf8'));
    expect(mergeRecordSchema.parse(written)).toEqual(record);
    expect(record).toMatchObject({
      method: { name: 'linear' },
      base: { path: 'old', sha256: base!.sha256 },
      models: [
        { path: 'model 0', sha256: one!.sha256, weight: 0.75 },
        { path: 'model 1', sha256: two!.sha256, weight: 0.5 },
      ],
      notes: [],
    });
    expect(told).toEqual([[93, 93]]);
    const [w, w1, w2, m] = await Promise.all([basePath, ...models, target].map(readTensors));
    for (const [name, values] of m!) {
      const at = values.length - 1;
      const old = w!.get(name)![at]!;
      const change = 0.75 * (w1!.get(name)![at]! - old) + 0.5 * (w2!.get(name)![at]! - old);
      expect(values[at], name).toBe(Math.fround(old + 0.8 * change));
    }
  });

  it('gives the only model back, bit for bit', async () => {
    const model = await writeNoisy(1);
    const { record } = await merge([model]);
    expect(record.sha256).toBe((await open(model)).sha256);
  });

  it('trims the whole model by ties, not each tensor', async () => {
    const random = (name: string) => (name === 'visual_projection.weight' ? 0.5 : 0.001);
    const model = await writeChanged((name, values) => {
      if (name !== 'logit_scale')
        values.forEach((value, at) => {
          values[at] = value + random(name);
        });
    });
    // The projection is 64 x 96 of 673,664 parameters: less than a hundredth.
    const method = { name: 'ties', density: 0.009 } as const;
    const { target, told } = await merge([model], { method, weights: [1] });
    const [old, changed, merged] = await Promise.all([basePath, model, target].map(readTensors));
    for (const [name, values] of merged!) {
      const expected = name === 'visual_projection.weight' ? changed : old;
      // Much faster than comparing arrays number by number.
      expect(
        Buffer.from(values.buffer).equals(Buffer.from(expected!.get(name)!.buffer)),
        name,
      ).toBe(true);
    }
    // Two passes to find what is kept, one to merge.
    expect(told).toEqual([93, 186, 279].map((done) => [done, 279]));
  });

  it('draws the mask of dare by seed, model and parameter', async () => {
    const models = [await writeNoisy(1), await writeNoisy(2)];
    const dare = (seed: number) => merge(models, { method: { name: 'dare', density: 0.3, seed } });
    const [first, again, other] = [await dare(1), await dare(1), await dare(2)];
    expect(again.record.sha256).toBe(first.record.sha256);
    expect(other.record.sha256).not.toBe(first.record.sha256);
    const [old, merged] = await Promise.all([basePath, first.target].map(readTensors));
    const large = merged!.get('text_model.embeddings.token_embedding.weight')!;
    const before = old!.get('text_model.embeddings.token_embedding.weight')!;
    // Of two masks of 0.3 one at least keeps 1 - 0.7^2 of the elements, here of 152,352.
    const share = large.filter((value, at) => value !== before[at]).length / large.length;
    expect(Math.abs(share - 0.51)).toBeLessThan(0.01);
  });

  it('scales by depth under lines', async () => {
    const model = await writeNoisy(1);
    const method = { name: 'lines', alpha: 0, beta: 1 } as const;
    const { target } = await merge([model], { method });
    const [old, changed, merged] = await Promise.all([basePath, model, target].map(readTensors));
    /** What is left of a change. */
    const share = (name: string) => {
      const [a, b, c] = [old, changed, merged].map((tensors) => tensors!.get(name)![5]!);
      return Math.abs((c! - a!) / (b! - a!));
    };
    expect(share('text_model.embeddings.token_embedding.weight')).toBe(0);
    expect(share('vision_model.encoder.layers.0.mlp.fc1.weight')).toBe(0);
    expect(share('vision_model.encoder.layers.1.mlp.fc1.weight')).toBeCloseTo(0.5, 4);
    expect(share('text_projection.weight')).toBe(1);
  });

  it("notes a logit scale that stays the base's", async () => {
    const model = await writeChanged((name, values) => {
      values[0]! += name === 'logit_scale' ? 0.5 : 0.01;
    });
    const { record, target } = await merge([model]);
    expect(record.notes).toEqual([expect.stringContaining('keeps the base')]);
    expect((await open(target)).logitScale).toBe((await open(basePath)).logitScale);
  });

  it.each<[Request, string]>([
    [{ weights: [0] }, 'every weight is 0'],
    [{ weights: [11] }, 'the weight 11: write numbers from -10 up to 10'],
    [{ weights: [Number.NaN] }, 'the weight NaN'],
    [{ weights: [-1], method: { name: 'ties', density: 0.5 } }, 'above 0 (ties elects by it)'],
    [{ scale: -0.1 }, 'scale -0.1: write a number from 0 to 10'],
    [{ method: { name: 'ties', density: 0 } }, 'density of ties'],
    [{ method: { name: 'dare', density: 0.5, seed: -1 } }, 'seed of dare'],
    [{ method: { name: 'lines', alpha: 11, beta: 0 } }, 'alpha of lines'],
  ])('refuses the numbers %j', async (request, message) => {
    const fault = await catchFault(() => merge(['nowhere'], request));
    expect(fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message) });
  });

  it('refuses no models, and more than eight', async () => {
    for (const count of [0, 9]) {
      const fault = await catchFault(() => merge(Array(count).fill('nowhere')));
      expect(fault.message).toContain(`${count} models are named: merge 1 to 8 at once`);
    }
  });

  const refuse = async (paths: readonly string[]) => {
    const target = join(await makeFolder(), 'merged');
    const fault = await catchFault(() => merge(paths, { target }));
    expect(await readdir(join(target, '..'))).toEqual([]);
    return fault;
  };

  it('refuses models of another shape, preprocessing or tokenizer, and says what differs', async () => {
    const changeJson = async (file: string, change: (json: Record<string, unknown>) => void) => {
      const model = await writeNoisy(1);
      const json = JSON.parse(await readFile(join(model, file), 'utf8'));
      change(json);
      await writeFile(join(model, file), JSON.stringify(json));
      return model;
    };
    const heads = await changeJson('config.json', (json) => {
      Object.assign(json['vision_config'] as object, { num_attention_heads: 6 });
    });
    const shape = await refuse([await writeNoisy(2), heads]);
    expect(shape.message).toContain(
      `${heads} cannot be merged with the base ${basePath}: vision.heads is 6, not 3; merge models that were fine-tuned from that base`,
    );
    const grey = await changeJson('preprocessor_config.json', (json) => {
      json['image_mean'] = [0.5, 0.5, 0.5];
    });
    expect((await refuse([grey])).message).toContain('preprocessing.mean is [0.5,0.5,0.5], not [');
    const words = await changeJson('tokenizer.json', (json) => {
      (json['model'] as { merges: unknown[] }).merges.reverse();
    });
    expect((await refuse([words])).message).toContain('tokenizer is another');
  });

  it('refuses heads, the base itself, and a model twice', async () => {
    const model = await writeNoisy(1);
    const again = await makeFolder();
    await cp(model, again, { recursive: true });
    expect((await refuse([model, again])).message).toContain(
      `${again} has the same weights as ${model}`,
    );
    expect((await refuse([basePath])).message).toContain('none that is the base');
    const data = fromFloat32('F32', new Float32Array(96 * 2));
    const heads = new Map([
      ['heads.A', { dtype: 'F32', shape: [1, 96, 2], data }],
      ['heads.B', { dtype: 'F32', shape: [1, 2, 64], data: data.subarray(0, 64 * 8) }],
    ] as const);
    await writeFile(join(again, 'heads.safetensors'), serializeSafetensors(heads));
    expect((await refuse([model, again])).message).toContain(
      `${again} has task-dependent heads (heads.safetensors)`,
    );
  });

  it('writes nothing where a merged weight is not finite, or it is stopped', async () => {
    const huge = await writeChanged((name, values) => {
      if (name === 'text_projection.weight') values[3] = 3e38;
    });
    const folder = await makeFolder();
    const target = join(folder, 'merged');
    const fault = await catchFault(() => merge([huge], { weights: [2], target }));
    expect(fault).toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining(
        'text_projection.weight: element 3 of the merged weights is Infinity',
      ),
    });
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(merge([huge], { signal: stopped, target })).rejects.toThrow('stopped');
    expect(await readdir(folder)).toEqual([]);
  });
});

const open = (path: string) => openClipDirectory(path);
