import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSafetensors, toFloat32 } from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { initializeHeads } from './initialize-heads.js';
import { openClipDirectory } from './open-clip-directory.js';
import { createParameterLayout } from './parameter-layout.js';
import { readClipParameters } from './read-clip-parameters.js';
import { createTestTensors, makeFolder, writeTestModel } from './test-support/write-test-model.js';
import { composeClipDirectory, writeClipDirectory } from './write-clip-directory.js';

async function openWithParameters(folder: string, heads?: { count: number; rank: number }) {
  const source = await openClipDirectory(folder);
  const layout = createParameterLayout(source.config, heads);
  const parameters = new Float32Array(layout.length);
  initializeHeads(layout, parameters, 5);
  await readClipParameters(source, layout, parameters);
  return { source, layout, parameters };
}

describe('writeClipDirectory', () => {
  it('writes unchanged parameters as the very same file', async () => {
    const folder = await writeTestModel();
    const model = await openWithParameters(folder);
    const target = join(await makeFolder(), 'candidate');
    const { sha256 } = await writeClipDirectory({ ...model, target });
    expect(sha256).toBe(model.source.sha256);
    const [before, after] = await Promise.all(
      [folder, target].map((path) => readFile(join(path, 'model.safetensors'))),
    );
    expect(after!.equals(before!)).toBe(true);
    expect((await readdir(target)).sort()).toEqual((await readdir(folder)).sort());
  });

  it.each(['F16', 'BF16'] as const)('keeps %s and rounds to it', async (dtype) => {
    const model = await openWithParameters(await writeTestModel(createTestTensors(dtype)));
    model.parameters.fill(1 / 3);
    const target = join(await makeFolder(), 'candidate');
    const { sha256 } = await writeClipDirectory({ ...model, target });
    const { tensors } = parseSafetensors(await readFile(join(target, 'model.safetensors')));
    const weight = tensors.get('text_projection.weight')!;
    expect(weight.dtype).toBe(dtype);
    // Half an ulp: 2^-12 of a half, 2^-9 of a bfloat16.
    expect(Math.abs(toFloat32(weight)[0]! * 3 - 1)).toBeLessThan(dtype === 'F16' ? 2.5e-4 : 2e-3);
    expect(toFloat32(tensors.get('logit_scale')!)[0]).toBe(0.5);
    expect((await openClipDirectory(target)).sha256).toBe(sha256);
  });

  it('keeps heads in a file of their own, with their names, and reads them back', async () => {
    const model = await openWithParameters(await writeTestModel(), { count: 2, rank: 3 });
    const target = join(await makeFolder(), 'candidate');
    const headNames = ['stop', 'größer'];
    const { sha256 } = await writeClipDirectory({ ...model, target, headNames });
    const written = await openClipDirectory(target);
    expect(written).toMatchObject({ sha256, hasHeads: true });
    expect(written.sha256).not.toBe(model.source.sha256);
    expect(written.heads).toEqual({ count: 2, rank: 3, names: headNames });
    const parameters = new Float32Array(model.layout.length);
    await readClipParameters(written, model.layout, parameters);
    expect(parameters).toEqual(model.parameters);
    const other = createParameterLayout(written.config, { count: 4, rank: 3 });
    const fault = await catchFault(() =>
      readClipParameters(written, other, new Float32Array(other.length)),
    );
    expect(fault.message).toContain('has 2 heads of rank 3, but 4 of rank 3 are asked for');
  });

  it('leaves heads out when the layout has none', async () => {
    const model = await openWithParameters(await writeTestModel(), { count: 2, rank: 3 });
    const folder = await makeFolder();
    await writeClipDirectory({ ...model, target: join(folder, 'with') });
    const plain = await openWithParameters(join(folder, 'with'));
    await writeClipDirectory({ ...plain, target: join(folder, 'without') });
    expect((await openClipDirectory(join(folder, 'without'))).hasHeads).toBe(false);
  });

  it('keeps unknown files and leaves behind weights in other formats, verdicts and hidden files', async () => {
    const folder = await writeTestModel();
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'assets', 'note.txt'), 'kept');
    await writeFile(join(folder, 'README.md'), 'kept');
    await chmod(join(folder, 'README.md'), 0o444);
    const left = ['pytorch_model.bin', 'tf_model.h5', 'verdict.json', '.hidden', 'a.index.json'];
    for (const name of [...left, 'assets/model.onnx', 'classifier.safetensors']) {
      await writeFile(join(folder, name), 'old');
    }
    await symlink('/nowhere', join(folder, 'dangling'));
    const model = await openWithParameters(folder);
    const target = join(await makeFolder(), 'candidate');
    const extraFiles = new Map([
      ['verdict.json', Buffer.from('{}')],
      ['README.md', Buffer.from('ours')],
    ]);
    await writeClipDirectory({ ...model, target, extraFiles });
    expect(await readdir(join(target, 'assets'))).toEqual(['note.txt']);
    const names = await readdir(target);
    expect(names).not.toEqual(expect.arrayContaining(['pytorch_model.bin']));
    for (const name of [...left, 'classifier.safetensors', 'dangling']) {
      expect(names.includes(name), name).toBe(name === 'verdict.json');
    }
    expect(await readFile(join(target, 'README.md'), 'utf8')).toBe('ours');
  });

  it('replaces an older candidate whole, and no folder that has anything else', async () => {
    const model = await openWithParameters(await writeTestModel());
    const target = join(await makeFolder(), 'candidate');
    await mkdir(target);
    await writeFile(join(target, 'config.json'), 'older');
    await writeClipDirectory({ ...model, target });
    expect(await readFile(join(target, 'config.json'), 'utf8')).not.toBe('older');
    await writeFile(join(target, 'mine.txt'), '');
    const fault = await catchFault(() => writeClipDirectory({ ...model, target }));
    expect(fault.message).toContain('mine.txt');
    expect(await readdir(target)).toContain('mine.txt');
  });

  it('refuses to write into the base model', async () => {
    const folder = await writeTestModel();
    const model = await openWithParameters(folder);
    for (const target of [folder, join(folder, 'candidate')]) {
      const fault = await catchFault(() => writeClipDirectory({ ...model, target }));
      expect(fault.message).toContain(`the base model in ${folder} must stay as it is`);
    }
  });

  it('refuses parameters that are not finite and leaves nothing behind', async () => {
    const model = await openWithParameters(await writeTestModel());
    model.parameters[model.layout.get('text_projection.weight').offset + 2] = Number.NaN;
    model.parameters[model.layout.get('visual_projection.weight').offset] = Infinity;
    const folder = await makeFolder();
    const fault = await catchFault(() =>
      writeClipDirectory({ ...model, target: join(folder, 'candidate') }),
    );
    expect(fault.kind).toBe('precondition');
    expect(fault.violations).toEqual([
      { field: 'visual_projection.weight', description: 'element 0 is Infinity' },
      { field: 'text_projection.weight', description: 'element 2 is NaN' },
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses values that half precision cannot hold, and weights stored as integers', async () => {
    const half = await openWithParameters(await writeTestModel(createTestTensors('F16')));
    half.parameters[half.layout.get('text_projection.weight').offset] = 70_000;
    const target = join(await makeFolder(), 'candidate');
    const overflow = await catchFault(() => writeClipDirectory({ ...half, target }));
    expect(overflow.message).toContain('text_projection.weight: element 0 is 70000');
    const tensors = createTestTensors();
    tensors.set('text_model.final_layer_norm.bias', {
      dtype: 'I8',
      shape: [8],
      data: new Uint8Array(8),
    });
    const integers = await openWithParameters(await writeTestModel(tensors));
    const fault = await catchFault(() => writeClipDirectory({ ...integers, target }));
    expect(fault.message).toContain('text_model.final_layer_norm.bias is stored as I8');
  });

  it('refuses what only a mistake in the program can ask for', async () => {
    const model = await openWithParameters(await writeTestModel(), { count: 2, rank: 3 });
    const target = join(await makeFolder(), 'candidate');
    const write = (changes: object) => writeClipDirectory({ ...model, target, ...changes });
    await expect(write({ parameters: new Float32Array(1) })).rejects.toThrow(RangeError);
    await expect(write({ headNames: ['one'] })).rejects.toThrow('1 names for 2 heads');
    for (const name of ['../up.txt', 'model.safetensors']) {
      const extraFiles = new Map([[name, new Uint8Array(0)]]);
      await expect(write({ extraFiles })).rejects.toThrow('not the name of an extra file');
    }
  });
});

describe('composeClipDirectory', () => {
  it('asks for each parameter once, and writes what writeClipDirectory would', async () => {
    const folder = await writeTestModel(createTestTensors('F16'));
    await writeFile(join(folder, 'merge.json'), 'about the source');
    const { source, layout, parameters } = await openWithParameters(folder);
    parameters.fill(1 / 3);
    const whole = join(await makeFolder(), 'whole');
    const { sha256 } = await writeClipDirectory({ source, layout, parameters, target: whole });
    const asked: string[] = [];
    const target = join(await makeFolder(), 'composed');
    const composed = await composeClipDirectory({
      source,
      target,
      compute: async (name) => {
        asked.push(name);
        const { offset, size } = layout.get(name);
        return parameters.subarray(offset, offset + size);
      },
      describe: (hash) => new Map([['note.txt', Buffer.from(hash)]]),
    });
    expect(composed.sha256).toBe(sha256);
    expect(asked.sort()).toEqual(layout.entries.map(({ name }) => name).sort());
    expect(await readFile(join(target, 'note.txt'), 'utf8')).toBe(sha256);
    const names = [...(await readdir(whole)), 'note.txt'];
    expect((await readdir(target)).sort()).toEqual(names.sort());
    expect(names).not.toContain('merge.json');
  });

  it('leaves nothing behind where a parameter fails, and refuses the source', async () => {
    const { source } = await openWithParameters(await writeTestModel());
    const folder = await makeFolder();
    const compute = async () => {
      throw new Error('no room');
    };
    const compose = (target: string) =>
      composeClipDirectory({ source, target, compute, describe: () => new Map() });
    await expect(compose(join(folder, 'model'))).rejects.toThrow('no room');
    expect(await readdir(folder)).toEqual([]);
    await expect(compose(source.path)).rejects.toThrow('must stay as it is');
  });
});
