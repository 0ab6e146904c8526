import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  composeClipDirectory,
  createParameterLayout,
  openClipDirectory,
  partitionParameters,
  readClipParameters,
  writeClipDirectory,
} from '@holdfast/clip';
import {
  parseSafetensors,
  type SafetensorsTensor,
  serializeSafetensors,
} from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { createLocalEngine } from './engine-core.js';
import { copyModel, readExpected } from './test-support/model-formats.js';

type Tensors = Map<string, SafetensorsTensor>;

/** Models that their own libraries saved, and the files that hold their weights. */
const models: [name: string, weights: string[], facts: object][] = [
  ['transformers', ['model.safetensors'], { activation: 'quick_gelu', eotPooling: 'first-eos' }],
  ['transformers-legacy-end', ['model.safetensors'], { activation: 'gelu', eotPooling: 'argmax' }],
  [
    'transformers-sharded',
    ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'],
    { activation: 'gelu', eotPooling: 'first-eos' },
  ],
  ['open_clip', ['open_clip_model.safetensors'], { activation: 'gelu', eotPooling: 'argmax' }],
  [
    'open_clip-custom-text',
    ['open_clip_model.safetensors'],
    { activation: 'quick_gelu', eotPooling: 'argmax' },
  ],
];

async function rewriteWeights(path: string, change: (tensors: Tensors) => void): Promise<void> {
  const { tensors, metadata } = parseSafetensors(await readFile(path));
  const changed: Tensors = new Map(tensors);
  change(changed);
  await writeFile(path, serializeSafetensors(changed, metadata));
}

describe.each(models)('a model in the format %s', (name, weights, facts) => {
  it('has the embeddings that its own library computes', async () => {
    const path = await copyModel(name);
    expect((await openClipDirectory(path)).config.text).toMatchObject(facts);
    const expected = await readExpected(name);
    const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 20 });
    await engine.openModel({ runId: 'run', path });
    await engine.prepareEncoding({ runId: 'run' });
    const encoded = await engine.encode({
      runId: 'run',
      step: 0,
      array: 'parameters',
      retain: false,
      images: { count: 3, pixels: expected('pixels') },
      texts: {
        count: 3,
        tokens: Int32Array.from(expected('ids')),
        heads: new Int32Array(3).fill(-1),
      },
    });
    // fp32 against float64 through two blocks; embeddings are unit vectors.
    const close = { rtol: 0, atol: 2e-6 };
    expect(encoded.imageEmbeddings).toBeAllclose(expected('image_embeds'), close);
    expect(encoded.textEmbeddings).toBeAllclose(expected('text_embeds'), close);
  });

  it('is written back as it was: the same bytes', async () => {
    const path = await copyModel(name);
    const source = await openClipDirectory(path);
    const layout = createParameterLayout(source.config);
    const parameters = new Float32Array(layout.length);
    await readClipParameters(source, layout, parameters);
    const target = join(path, '..', 'written');
    const { sha256 } = await writeClipDirectory({ source, layout, parameters, target });
    expect((await openClipDirectory(target)).sha256).toBe(sha256);
    for (const file of weights) {
      const [before, after] = await Promise.all(
        [path, target].map(async (folder) => parseSafetensors(await readFile(join(folder, file)))),
      );
      expect(after).toEqual(before);
    }
    const compute = async (name: string) => {
      const { offset, size } = layout.get(name);
      return parameters.subarray(offset, offset + size);
    };
    const composed = join(path, '..', 'composed');
    const describe = () => new Map<string, Uint8Array>();
    const again = await composeClipDirectory({ source, compute, target: composed, describe });
    expect(again.sha256).toBe(sha256);
  });
});

describe('a directory of open_clip', () => {
  it('is refused with the names of its own tensors', async () => {
    const path = await copyModel('open_clip');
    await rewriteWeights(join(path, 'open_clip_model.safetensors'), (tensors) => {
      const projection = tensors.get('text_projection')!;
      tensors.delete('visual.proj');
      tensors.set('text_projection', { ...projection, shape: projection.shape.toReversed() });
      tensors.set('logit_bias', tensors.get('logit_scale')!);
    });
    const { violations } = await catchFault(() => openClipDirectory(path));
    expect(violations).toEqual([
      { field: 'visual.proj', description: 'is missing' },
      {
        field: 'text_projection',
        description: 'has shape [6, 8], but the configuration says [8, 6]',
      },
      { field: 'logit_bias', description: 'is not a tensor of this model' },
    ]);
  });

  it('takes in adapters, each in its part of a joined tensor', async () => {
    const path = await copyModel('open_clip');
    const source = await openClipDirectory(path);
    const { trainable } = partitionParameters(source.config, {
      scope: 'adapters',
      adapters: { rank: 2 },
    });
    // A B of the keys is 2 * 0.5 * 0.25 everywhere, of all others 0.
    const parameters = new Float32Array(trainable.length);
    for (const [factor, value] of [
      ['A', 0.5],
      ['B', 0.25],
    ] as const) {
      const name = `vision_model.encoder.layers.1.self_attn.k_proj.adapter.${factor}`;
      const { offset, size } = trainable.get(name);
      parameters.fill(value, offset, offset + size);
    }
    const target = join(path, '..', 'written');
    await writeClipDirectory({ source, layout: trainable, parameters, adapterScale: 4, target });
    const layout = createParameterLayout(source.config);
    const [before, after] = await Promise.all(
      [path, target].map(async (folder) => {
        const all = new Float32Array(layout.length);
        await readClipParameters(await openClipDirectory(folder), layout, all);
        return all;
      }),
    );
    const keys = layout.get('vision_model.encoder.layers.1.self_attn.k_proj.weight');
    const expected = before!.slice();
    for (let i = keys.offset; i < keys.offset + keys.size; i += 1) expected[i]! += 1;
    expect(after).toEqual(expected);
  });

  it('is refused without a tokenizer, with where to take one from', async () => {
    const path = await copyModel('open_clip');
    await Promise.all(['tokenizer.json', 'vocab.json'].map((name) => rm(join(path, name))));
    const fault = await catchFault(() => openClipDirectory(path));
    expect(fault.kind).toBe('not-found');
    expect(fault.message).toContain('has no tokenizer');
    expect(fault.message).toContain('openai/clip-vit-base-patch32');
  });
});
