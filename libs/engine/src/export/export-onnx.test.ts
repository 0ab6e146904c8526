import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelProto } from '@holdfast/proto/onnx/onnx';
import { fromFloat32, type SafetensorsTensor, serializeSafetensors } from '@holdfast/safetensors';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { EncodeRequest } from '../engine.js';
import { createLocalEngine } from '../engine-core.js';
import { InferenceSession, Tensor } from '../native/onnxruntime.js';
import { copyModel, readExpected } from '../test-support/model-formats.js';
import { exportOnnx, type OnnxExportSettings } from './export-onnx.js';

const createEngine = () => createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 20 });

async function exportModel(name: string, settings: Partial<OnnxExportSettings> = {}) {
  const model = await copyModel(name);
  const files = await exportOnnx({
    model,
    folder: model,
    weightType: 'fp32',
    engine: createEngine(),
    ...settings,
  });
  const expected = await readExpected(name);
  return { files, model, expected };
}

async function run(path: string, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

const pixelsOf = (pixels: Float32Array) =>
  new Tensor('float32', pixels, [pixels.length / 192, 3, 8, 8]);
const idsOf = (ids: ArrayLike<number>, length: number) =>
  new Tensor('int64', BigInt64Array.from(Array.from(ids), BigInt), [ids.length / length, length]);

/** Rows of a matrix divided by their lengths. */
function normalise(values: Float32Array, size: number): Float32Array {
  return values.map((value, i) => {
    const start = i - (i % size);
    return value / Math.hypot(...values.subarray(start, start + size));
  });
}

async function readModel(path: string) {
  return ModelProto.decode(await readFile(path)).graph!;
}

const formats = [
  'transformers',
  'transformers-legacy-end',
  'transformers-sharded',
  'open_clip',
  'open_clip-custom-text',
];

describe('exportOnnx', () => {
  it.each(formats)('writes files with the embeddings of the library of %s', async (name) => {
    const { files, model, expected } = await exportModel(name);
    expect(files.map((file) => [file.name, file.output])).toEqual([
      ['vision_model.onnx', 'image_embeds'],
      ['text_model.onnx', 'text_embeds'],
    ]);
    // Rounding of unit vectors in float32, summed in another order.
    for (const { largestDifference } of files) expect(largestDifference).toBeLessThan(2e-6);
    const images = await run(join(model, 'vision_model.onnx'), {
      pixel_values: pixelsOf(expected('pixels')),
    });
    const texts = await run(join(model, 'text_model.onnx'), {
      input_ids: idsOf(expected('ids'), 16),
    });
    const close = { rtol: 0, atol: 2e-6 };
    const embeds = (tensor: Tensor) => normalise(tensor.data as Float32Array, 6);
    expect(images['image_embeds']!.dims).toEqual([3, 6]);
    expect(embeds(images['image_embeds']!)).toBeAllclose(expected('image_embeds'), close);
    expect(embeds(texts['text_embeds']!)).toBeAllclose(expected('text_embeds'), close);
  });

  it('leaves batch and length of texts open, with operators of ONNX only', async () => {
    const { model, expected } = await exportModel('open_clip');
    for (const [file, input, open] of [
      ['vision_model.onnx', 'pixel_values', ['batch_size', 3n, 8n, 8n]],
      ['text_model.onnx', 'input_ids', ['batch_size', 'sequence_length']],
    ] as const) {
      const graph = await readModel(join(model, file));
      expect(graph.node.filter(({ domain }) => domain !== '')).toEqual([]);
      const [{ name, type }] = graph.input as [(typeof graph.input)[number]];
      const tensor = type!.value!.$case === 'tensorType' ? type!.value!.value : undefined;
      expect(name).toBe(input);
      expect(tensor!.shape!.dim.map(({ value }) => value!.value)).toEqual(open);
    }
    // A text is the same without its padding, and with more of it.
    const ids = Array.from(expected('ids').subarray(0, 16));
    const end = ids.indexOf(1586) + 1;
    const path = join(model, 'text_model.onnx');
    const [whole, short, long] = await Promise.all(
      [ids, ids.slice(0, end), [...ids, ...ids]].map(async (row) => {
        const { text_embeds: embeds } = await run(path, { input_ids: idsOf(row, row.length) });
        return embeds!.data;
      }),
    );
    expect(short).toEqual(whole);
    expect(long).toEqual(whole);
  });

  it('stores matrices in half precision, and computes in float32', async () => {
    const [full, half] = await Promise.all(
      (['fp32', 'fp16'] as const).map((weightType) => exportModel('transformers', { weightType })),
    );
    for (const [i, { name, bytes, largestDifference }] of half!.files.entries()) {
      expect(bytes, name).toBeLessThan(0.85 * full!.files[i]!.bytes);
      // Weights are rounded to 2^-11 of themselves; names and nodes of a tiny model weigh most.
      expect(largestDifference).toBeGreaterThan(1e-5);
      expect(largestDifference).toBeLessThan(5e-3);
    }
    const { input, output } = await readModel(join(half!.model, 'vision_model.onnx'));
    const elementType = ({ type }: (typeof input)[number]) =>
      type!.value!.$case === 'tensorType' && type!.value!.value.elemType;
    expect([...input, ...output].map(elementType)).toEqual([1, 1]);
  });

  it('folds prompts into a classifier', async () => {
    const prompts = [
      ['stop', 'a stop sign'],
      ['no passing', 'a sign'],
      ['80', 'a speed limit'],
    ];
    const classifier = { prompts, heads: [-1, -1, -1] };
    const { files, model, expected } = await exportModel('transformers', { classifier });
    expect(files[2]).toMatchObject({ name: 'classifier.onnx', output: 'logits' });
    expect(files[2]!.largestDifference).toBeLessThan(2e-6);
    const { logits } = await run(join(model, 'classifier.onnx'), {
      pixel_values: pixelsOf(expected('pixels')),
    });
    expect(logits!.dims).toEqual([3, 3]);
    // The scale of an untrained CLIP is exp(2.6592) = 14.28.
    const largest = Math.max(...(logits!.data as Float32Array).map(Math.abs));
    expect(largest).toBeGreaterThan(1);
    expect(largest).toBeLessThan(14.3);
  });

  it('folds each class under its own head, and leaves heads out of the text model', async () => {
    const model = await copyModel('transformers');
    const factor = (shape: number[], value: number): SafetensorsTensor => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return { dtype: 'F32', shape, data: fromFloat32('F32', new Float32Array(size).fill(value)) };
    };
    const heads = new Map([
      ['heads.A', factor([1, 8, 2], 0.5)],
      ['heads.B', factor([1, 2, 6], 0.25)],
    ]);
    await writeFile(join(model, 'heads.safetensors'), serializeSafetensors(heads));
    const classify = async (own: number, file: string) => {
      const classifier = { prompts: [['stop'], ['80']], heads: [own, -1] };
      const settings = { model, folder: model, weightType: 'fp32' as const, classifier };
      const files = await exportOnnx({ ...settings, engine: createEngine() });
      for (const { largestDifference } of files) expect(largestDifference).toBeLessThan(2e-6);
      const pixels = (await readExpected('transformers'))('pixels');
      const path = join(model, file);
      const { logits } = await run(path, { pixel_values: pixelsOf(pixels) });
      for (const { name } of files) await rm(join(model, name));
      return logits!.data as Float32Array;
    };
    const without = await classify(-1, 'classifier.onnx');
    const under = await classify(0, 'classifier.onnx');
    const column = (values: Float32Array, c: number) => values.filter((_, i) => i % 2 === c);
    expect(column(under, 1)).toEqual(column(without, 1));
    expect(column(under, 0)).not.toEqual(column(without, 0));
  });

  it('says so if a file computes something else than the model', async () => {
    const engine = createEngine();
    const other = {
      ...engine,
      encode: async (request: EncodeRequest) => {
        const encoded = await engine.encode(request);
        return { ...encoded, textEmbeddings: encoded.imageEmbeddings! };
      },
    };
    const fault = await catchFault(() => exportModel('transformers', { engine: other }));
    expect(fault.kind).toBe('internal');
    expect(fault.message).toMatch(
      /^text_model\.onnx does not compute what the model does: .* with fp32$/,
    );
  });
});
