import { createHash } from 'node:crypto';
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromFloat32,
  type SafetensorsTensor,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { openClipDirectory } from './open-clip-directory.js';
import { createParameterLayout } from './parameter-layout.js';
import { readClipParameters } from './read-clip-parameters.js';
import {
  createTestTensors,
  makeFolder,
  testConfig,
  testPreprocessing,
  writeJson,
  writeTestModel,
} from './test-support/write-test-model.js';
import { writeClipDirectory } from './write-clip-directory.js';

const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** Splits the tensors in two files and lists them, as transformers does with large models. */
async function shard(folder: string): Promise<void> {
  const tensors = [...createTestTensors()];
  await rm(join(folder, 'model.safetensors'));
  const weightMap: Record<string, string> = {};
  for (const part of [0, 1]) {
    const name = `model-0000${part + 1}-of-00002.safetensors`;
    const own = tensors.filter((_, i) => i % 2 === part);
    for (const [tensor] of own) weightMap[tensor] = name;
    await writeFile(join(folder, name), serializeSafetensors(new Map(own)));
  }
  await writeJson(join(folder, 'model.safetensors.index.json'), { weight_map: weightMap });
}

async function readAll(folder: string): Promise<Float32Array> {
  const directory = await openClipDirectory(folder);
  const layout = createParameterLayout(directory.config);
  const target = new Float32Array(layout.length).fill(Number.NaN);
  await readClipParameters(directory, layout, target);
  return target;
}

describe('openClipDirectory', () => {
  it('opens a directory: configuration, preprocessing, tokenizer, identity', async () => {
    const folder = await writeTestModel();
    const directory = await openClipDirectory(folder);
    expect(directory).toMatchObject({ path: folder, hasHeads: false, logitScale: 0.5 });
    expect(directory.config.text.width).toBe(8);
    expect(directory.preprocessing.cropHeight).toBe(8);
    expect(directory.tokenizer.encode('sign')).toHaveLength(16);
    expect(directory.sha256).toBe(hash(await readFile(join(folder, 'model.safetensors'))));
    expect(directory.preprocessingSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes preprocessing from processor_config.json, as transformers 5 does, where it is there', async () => {
    const folder = await writeTestModel();
    const path = join(folder, 'processor_config.json');
    await writeJson(path, { processor_class: 'CLIPProcessor' });
    expect((await openClipDirectory(folder)).preprocessing.mean).toEqual([0.5, 0.4, 0.3]);
    const own = { ...testPreprocessing, image_mean: [0.1, 0.2, 0.3] };
    await writeJson(path, { image_processor: own, processor_class: 'CLIPProcessor' });
    expect((await openClipDirectory(folder)).preprocessing.mean).toEqual([0.1, 0.2, 0.3]);
    await rm(join(folder, 'preprocessor_config.json'));
    await writeJson(path, { image_processor: { ...own, crop_size: 7 } });
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.message).toContain(`${path} cannot be used: crop_size is 7 x 7`);
  });

  it('opens shards, and tells them from other shards by the hash', async () => {
    const folder = await writeTestModel();
    const whole = await readAll(folder);
    await shard(folder);
    expect(await readAll(folder)).toEqual(whole);
    const names = [1, 2].map((i) => `model-0000${i}-of-00002.safetensors`);
    const lines = await Promise.all(
      names.map(async (name) => `${hash(await readFile(join(folder, name)))}  ${name}\n`),
    );
    expect((await openClipDirectory(folder)).sha256).toBe(hash(lines.join('')));
  });

  it('follows links, of which model caches consist', async () => {
    const folder = await writeTestModel();
    await rename(join(folder, 'model.safetensors'), join(folder, 'blob'));
    await symlink(join(folder, 'blob'), join(folder, 'model.safetensors'));
    expect((await openClipDirectory(folder)).config.projectionSize).toBe(4);
  });

  it('says of a path that it is missing, or a file', async () => {
    const folder = await writeTestModel();
    const missing = await catchFault(() => openClipDirectory(join(folder, 'gone')));
    expect(missing.message).toContain(
      'cannot be read (ENOENT); give the directory of a CLIP model',
    );
    const file = await catchFault(() => openClipDirectory(join(folder, 'config.json')));
    expect(file.message).toContain('is a file; give the directory');
  });

  it.each(['config.json', 'preprocessor_config.json', 'model.safetensors'])(
    'names %s if it is missing',
    async (name) => {
      const folder = await writeTestModel();
      await rm(join(folder, name));
      const fault = await catchFault(() => openClipDirectory(folder));
      expect(fault.kind).toBe('not-found');
      expect(fault.message).toContain(`${folder} has no ${name}`);
    },
  );

  it.each(['F32', 'F16', 'BF16', 'F64'] as const)(
    'names file, tensor and index of a %s weight that is not finite, also in a row that no text needs',
    async (dtype) => {
      const tensors = createTestTensors(dtype);
      const name = 'text_model.embeddings.token_embedding.weight';
      const { shape, data } = tensors.get(name)!;
      const values = toFloat32({ dtype, data });
      values[1500 * shape[1]! + 3] = Number.NEGATIVE_INFINITY;
      tensors.set(name, { dtype, shape, data: fromFloat32(dtype, values) });
      const folder = await writeTestModel(tensors);
      const fault = await catchFault(() => openClipDirectory(folder));
      expect(fault.message).toContain(
        `${join(folder, 'model.safetensors')} cannot be used: ${name}[1500, 3] is -Infinity`,
      );
      expect(fault.violations).toEqual([
        { field: `${name}[1500, 3]`, description: 'is -Infinity' },
      ]);
    },
  );

  it('looks at heads, too', async () => {
    const folder = await writeTestModel();
    const heads = (shape: number[], at: number) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b));
      values[at] = Number.NaN;
      return { dtype: 'F32' as const, shape, data: fromFloat32('F32', values) };
    };
    const tensors = new Map([
      ['heads.A', heads([2, 8, 1], -1)],
      ['heads.B', heads([2, 1, 4], 6)],
    ]);
    await writeFile(join(folder, 'heads.safetensors'), serializeSafetensors(tensors));
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.message).toContain('heads.safetensors cannot be used: heads.B[1, 0, 2] is NaN');
  });

  it('refuses an absurd logit scale, and notes an unusual one', async () => {
    const withScale = (scale: number) => {
      const tensors = createTestTensors();
      const data = fromFloat32('F32', Float32Array.of(scale));
      return writeTestModel(tensors.set('logit_scale', { dtype: 'F32', shape: [], data }));
    };
    const fault = await catchFault(async () => openClipDirectory(await withScale(120)));
    expect(fault.message).toContain('model.safetensors cannot be used: logit_scale is 120');
    const missing = await catchFault(async () => openClipDirectory(await withScale(Number.NaN)));
    expect(missing.message).toContain('cannot be used: logit_scale is NaN');
    const { notes } = await openClipDirectory(await withScale(5));
    expect(notes).toEqual([expect.stringContaining('in trained CLIP models it is 1 to 100')]);
    expect((await openClipDirectory(await writeTestModel())).notes).toEqual([]);
  });

  it.each(['model.safetensors', 'config.json', 'preprocessor_config.json', 'tokenizer.json'])(
    'says that %s is a pointer of Git LFS',
    async (name) => {
      const folder = await writeTestModel();
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 605143884\n`;
      await writeFile(join(folder, name), pointer);
      const fault = await catchFault(() => openClipDirectory(folder));
      expect(fault.message).toContain(`${join(folder, name)} is a pointer of Git LFS`);
      expect(fault.message).toContain('git lfs pull');
    },
  );

  it('refuses pickles of either library, and says what to do', async () => {
    const folder = await writeTestModel();
    await rename(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'));
    const pickle = await catchFault(() => openClipDirectory(folder));
    expect(pickle.message).toContain('only as a pickle (pytorch_model.bin)');
    expect(pickle.message).toContain('safe_serialization=True');
    await writeJson(join(folder, 'open_clip_config.json'), { model_cfg: { embed_dim: 4 } });
    const openClip = await catchFault(() => openClipDirectory(folder));
    expect(openClip.message).toContain('only as a pickle (pytorch_model.bin)');
    expect(openClip.message).toContain('"open_clip_model.safetensors"');
    await rm(join(folder, 'pytorch_model.bin'));
    const missing = await catchFault(() => openClipDirectory(folder));
    expect(missing.message).toContain(`${folder} has no open_clip_model.safetensors`);
  });

  it('reads transformers’ weights where open_clip’s are there, too, and leaves those out', async () => {
    const folder = await writeTestModel();
    await writeJson(join(folder, 'open_clip_config.json'), { model_cfg: {} });
    const source = await openClipDirectory(folder);
    expect(source.naming).toBe('transformers');
    const layout = createParameterLayout(source.config);
    const parameters = new Float32Array(layout.length);
    const target = join(await makeFolder(), 'candidate');
    await writeClipDirectory({ source, layout, parameters, target });
    expect(await readdir(target)).not.toContain('open_clip_config.json');
  });

  it('says of truncated weights that they are truncated', async () => {
    const folder = await writeTestModel();
    const path = join(folder, 'model.safetensors');
    await truncate(path, (await readFile(path)).length - 5);
    const cut = await catchFault(() => openClipDirectory(folder));
    expect(cut.message).toContain(`${path}: damaged safetensors file`);
    expect(cut.message).toContain('the file is truncated');
    await truncate(path, 3);
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain('has 3 bytes');
  });

  it('names every tensor that is missing, misshapen, unknown, or of another type', async () => {
    const tensors = createTestTensors();
    tensors.delete('visual_projection.weight');
    tensors.delete('logit_scale');
    const zeros = (count: number) => fromFloat32('F32', new Float32Array(count));
    tensors.set('text_projection.weight', { dtype: 'F32', shape: [8, 4], data: zeros(32) });
    tensors.set('lora.weight', { dtype: 'F32', shape: [1], data: zeros(1) });
    const norm: SafetensorsTensor = { dtype: 'F8_E4M3', shape: [8], data: new Uint8Array(8) };
    tensors.set('text_model.final_layer_norm.bias', norm);
    tensors.set('text_model.embeddings.position_ids', {
      dtype: 'I64',
      shape: [1, 16],
      data: new Uint8Array(128),
    });
    const fault = await catchFault(async () => openClipDirectory(await writeTestModel(tensors)));
    const found = Object.fromEntries(fault.violations.map((v) => [v.field, v.description]));
    expect(found).toEqual({
      'visual_projection.weight': 'is missing',
      logit_scale: 'is missing',
      'text_projection.weight': 'has shape [8, 4], but the configuration says [4, 8]',
      'text_model.final_layer_norm.bias': 'has elements of type F8_E4M3',
      'lora.weight': 'is not a tensor of this model',
    });
    expect(fault.message).toContain('do not fit its configuration');
  });

  it('counts what it does not spell out', async () => {
    const folder = await writeTestModel();
    const config = { ...testConfig, text_config: { ...testConfig.text_config, hidden_size: 4 } };
    await writeJson(join(folder, 'config.json'), config);
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.violations.length).toBeGreaterThan(10);
    expect(fault.message).toContain(`and ${fault.violations.length - 5} more`);
  });

  it('refuses JSON that is none, and a preprocessing that is not the model’s', async () => {
    const folder = await writeTestModel();
    await writeFile(join(folder, 'config.json'), '{');
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain('is not JSON');
    await writeFile(join(folder, 'config.json'), '[]');
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain(
      'does not hold a JSON object',
    );
    await writeJson(join(folder, 'config.json'), testConfig);
    const preprocessing = { ...testPreprocessing, crop_size: 7 };
    await writeJson(join(folder, 'preprocessor_config.json'), preprocessing);
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.message).toContain('crop_size is 7 x 7');
    await rm(join(folder, 'config.json'));
    await mkdir(join(folder, 'config.json'));
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain('cannot read');
    await rm(join(folder, 'config.json'), { recursive: true });
    await writeFile(join(folder, 'config.json'), '');
    await truncate(join(folder, 'config.json'), 65 * 2 ** 20);
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain(
      'more than the limit',
    );
  });

  it.each([
    [{}, 'has no weight_map'],
    [{ weight_map: { a: '../../secret.safetensors' } }, '"../../secret.safetensors"'],
    [{ weight_map: {} }, '0 files'],
    [{ weight_map: { a: 'gone.safetensors' } }, 'gone.safetensors'],
  ])('refuses the shard list %j', async (index, message) => {
    const folder = await writeTestModel();
    await rm(join(folder, 'model.safetensors'));
    await writeJson(join(folder, 'model.safetensors.index.json'), index);
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.message).toContain(message);
  });

  it('refuses shards that hold one tensor twice', async () => {
    const folder = await writeTestModel();
    await shard(folder);
    const second = join(folder, 'model-00002-of-00002.safetensors');
    await writeFile(second, serializeSafetensors(createTestTensors()));
    const fault = await catchFault(() => openClipDirectory(folder));
    expect(fault.message).toContain(
      'stands in model-00001-of-00002.safetensors and in model-00002',
    );
  });

  it('refuses heads that are not this model’s', async () => {
    const folder = await writeTestModel();
    const write = (shapeB: number[], names?: string) => {
      const zeros = (shape: number[]): SafetensorsTensor => {
        const size = shape.reduce((a, b) => a * b, 1);
        return { dtype: 'F32', shape, data: fromFloat32('F32', new Float32Array(size)) };
      };
      const tensors = new Map([
        ['heads.A', zeros([2, 8, 3])],
        ['heads.B', zeros(shapeB)],
      ]);
      const metadata = new Map(names === undefined ? [] : [['holdfast.heads', names]]);
      return writeFile(join(folder, 'heads.safetensors'), serializeSafetensors(tensors, metadata));
    };
    await write([2, 3, 5]);
    const shape = await catchFault(() => openClipDirectory(folder));
    expect(shape.message).toContain('holds heads.A [2, 8, 3], heads.B [2, 3, 5]; expected');
    await write([2, 3, 4], '["one"]');
    const names = await catchFault(() => openClipDirectory(folder));
    expect(names.message).toContain('is not a list of 2 names');
    await write([2, 3, 4], 'one');
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain('2 names');
    await write([2, 3, 4]);
    expect((await openClipDirectory(folder)).heads).toEqual({ count: 2, rank: 3 });
    // A run says beside them whose they are; one that all negatives share is no class's.
    const writeClasses = (classes: string) => {
      const bytes = serializeSafetensors(new Map(), new Map([['classes', classes]]));
      return writeFile(join(folder, 'classifier.safetensors'), bytes);
    };
    await writeClasses('["bus"]');
    expect((await openClipDirectory(folder)).heads).toMatchObject({ names: ['bus'] });
    await writeClasses('["bus", "car", "van"]');
    const classes = await catchFault(() => openClipDirectory(folder));
    expect(classes.message).toContain('"classes" is not a list of a class for each of 2 heads');
  });

  it('is missing in an empty folder', async () => {
    const folder = await makeFolder();
    expect((await catchFault(() => openClipDirectory(folder))).message).toContain(
      'has no config.json: it is not a complete CLIP directory',
    );
  });
});

describe('readClipParameters', () => {
  it.each(['F32', 'F16', 'BF16', 'F64'] as const)('reads %s into place', async (dtype) => {
    const folder = await writeTestModel(createTestTensors(dtype));
    const directory = await openClipDirectory(folder);
    const layout = createParameterLayout(directory.config);
    const target = new Float32Array(layout.length).fill(Number.NaN);
    await readClipParameters(directory, layout, target);
    for (const { offset, size } of layout.entries) {
      const expected = Array.from({ length: size }, (_, i) => (i % 7) / 4 + 0.5);
      expect([...target.subarray(offset, offset + size)]).toEqual(expected);
    }
    // Padding takes part in norms over the whole array, so it must be 0.
    expect(target.reduce((sum, x) => sum + x, 0)).toBe(
      layout.entries.reduce(
        (sum, { offset, size }) =>
          sum + target.subarray(offset, offset + size).reduce((a, b) => a + b, 0),
        0,
      ),
    );
  });

  it('leaves heads alone that the directory does not have', async () => {
    const directory = await openClipDirectory(await writeTestModel());
    const layout = createParameterLayout(directory.config, { count: 2, rank: 3 });
    const target = new Float32Array(layout.length).fill(7);
    await readClipParameters(directory, layout, target);
    expect(target[layout.get('heads.A').offset]).toBe(7);
  });

  it('refuses an array of another length', async () => {
    const directory = await openClipDirectory(await writeTestModel());
    const layout = createParameterLayout(directory.config);
    await expect(readClipParameters(directory, layout, new Float32Array(3))).rejects.toThrow(
      RangeError,
    );
  });

  it('says so if the weights became shorter since they were checked', async () => {
    const folder = await writeTestModel();
    const directory = await openClipDirectory(folder);
    await truncate(join(folder, 'model.safetensors'), 100);
    const layout = createParameterLayout(directory.config);
    const fault = await catchFault(() =>
      readClipParameters(directory, layout, new Float32Array(layout.length)),
    );
    expect(fault.message).toContain('became shorter');
  });
});
