import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createParameterLayout, type ParameterLayout } from '@holdfast/clip';
import {
  fromFloat32,
  parseSafetensors,
  type SafetensorsTensor,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';
import type { ImageBatch, TextBatch } from '../runtime/batch.js';

const vocabulary = { vocabularySize: 1587, bosTokenId: 1585, eosTokenId: 1586, padTokenId: 1586 };
const common = { layerNormEpsilon: 1e-5, activation: 'quick_gelu' } as const;
const ends = [5, 15, 16, 40, 76];

/** What the golden gradients are of: see fixtures/clip-gradients/make-gradients.py. */
export const golden = {
  images: 3,
  texts: ends.length,
  contextLength: 77,
  embeddingSize: 512,
  samples: 16,
} as const;

/** murmur3's finaliser of i + 2^20 tag, in [-1, 1). */
export function draw(tag: number, count: number): Float64Array {
  return new Float64Array(count).map((_, i) => {
    let h = (i + (tag << 20)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

function drawParameter(tag: number, name: string, shape: readonly number[], size: number) {
  const [scale, offset] = scaleOf(name, shape);
  return Float32Array.from(draw(tag, size), (value) => offset + scale * value);
}

function scaleOf(name: string, shape: readonly number[]): [scale: number, offset: number] {
  if (name.includes('norm') && name.endsWith('weight')) return [0.2, 1];
  if (shape.length === 1) return [0.1, 0];
  if (name.includes('embedding') && !name.includes('patch')) return [0.5, 0];
  return [1.5 / Math.sqrt(shape.slice(1).reduce((product, size) => product * size, 1)), 0];
}

/** Writes the model of the golden gradients; the caller removes its folder. */
export async function writeGoldenModel(
  layers: number,
): Promise<{ folder: string; layout: ParameterLayout }> {
  const layout = createParameterLayout({
    projectionSize: 512,
    vision: {
      ...common,
      layers,
      width: 768,
      heads: 12,
      mlpWidth: 3072,
      channels: 3,
      imageSize: 224,
      patchSize: 32,
    },
    text: {
      ...common,
      ...vocabulary,
      layers,
      width: 512,
      heads: 8,
      mlpWidth: 2048,
      contextLength: golden.contextLength,
      eotPooling: 'first-eos',
    },
  });
  const inOrder = [...layout.entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const tensors = new Map<string, SafetensorsTensor>(
    inOrder.map(({ name, shape, size }, tag) => {
      const data = fromFloat32('F32', drawParameter(tag, name, shape, size));
      return [name, { dtype: 'F32', shape, data }];
    }),
  );
  const data = fromFloat32('F32', Float32Array.of(2.66));
  tensors.set('logit_scale', { dtype: 'F32', shape: [], data });
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-golden-'));
  await writeFile(join(folder, 'model.safetensors'), serializeSafetensors(tensors));
  await writeFile(join(folder, 'config.json'), JSON.stringify(describe(layers)));
  await writeFile(
    join(folder, 'preprocessor_config.json'),
    JSON.stringify({ size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 } }),
  );
  const tokenizer = fileURLToPath(new URL('../../../clip/fixtures/tokenizer/', import.meta.url));
  await copyFile(join(tokenizer, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  return { folder, layout };
}

function describe(layers: number) {
  const shared = { num_hidden_layers: layers, hidden_act: 'quick_gelu' };
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: 512,
    text_config: {
      ...shared,
      hidden_size: 512,
      intermediate_size: 2048,
      num_attention_heads: 8,
      max_position_embeddings: 77,
      vocab_size: 1587,
      bos_token_id: 1585,
      eos_token_id: 1586,
      pad_token_id: 1586,
    },
    vision_config: {
      ...shared,
      hidden_size: 768,
      intermediate_size: 3072,
      num_attention_heads: 12,
      image_size: 224,
      patch_size: 32,
    },
  };
}

/** The golden batch. */
export function drawGoldenBatch(): { images: ImageBatch; texts: TextBatch } {
  const pixels = Float32Array.from(draw(2001, golden.images * 3 * 224 * 224), (x) => 2 * x);
  const tokens = new Int32Array(ends.length * 77).fill(vocabulary.eosTokenId);
  ends.forEach((end, row) => {
    tokens[row * 77] = vocabulary.bosTokenId;
    const words = draw(3001 + row, end - 1).map((x) => Math.floor(((x + 1) / 2) * 1585));
    tokens.set(words, row * 77 + 1);
  });
  return {
    images: { count: golden.images, pixels },
    texts: { count: ends.length, tokens, heads: new Int32Array(ends.length).fill(-1) },
  };
}

/** Gradients of the golden batch's embeddings. */
export function drawGoldenGradients() {
  const size = golden.embeddingSize;
  return {
    imageGradients: Float32Array.from(draw(2002, golden.images * size)),
    textGradients: Float32Array.from(draw(2003, golden.texts * size)),
  };
}

/** Results by name: embeddings, and per parameter, and of the pixels, the gradient's norm and sampled elements. */
export async function readGolden(path?: string): Promise<ReadonlyMap<string, Float32Array>> {
  const shipped = new URL('../../fixtures/clip-gradients/gradients.safetensors', import.meta.url);
  const { tensors } = parseSafetensors(await readFile(path ?? shipped));
  return new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));
}

/** Removes what {@link writeGoldenModel} wrote. */
export function removeGoldenModel(folder: string): Promise<void> {
  return rm(folder, { recursive: true });
}
