import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ElementType,
  fromFloat32,
  type SafetensorsTensor,
  serializeSafetensors,
} from '@holdfast/safetensors';
import { onTestFinished } from 'vitest';
import { createParameterLayout } from '../parameter-layout.js';
import { parseClipConfig } from '../parse-clip-config.js';

/** A tiny CLIP: 8 x 8 pixels, one layer a tower, CLIP's own vocabulary cut to 1,587 tokens. */
export const testConfig = {
  architectures: ['CLIPModel'],
  model_type: 'clip',
  projection_dim: 4,
  text_config: {
    bos_token_id: 1585,
    eos_token_id: 1586,
    pad_token_id: 1586,
    hidden_size: 8,
    intermediate_size: 16,
    max_position_embeddings: 16,
    num_attention_heads: 2,
    num_hidden_layers: 1,
    vocab_size: 1587,
  },
  vision_config: {
    hidden_size: 12,
    image_size: 8,
    intermediate_size: 24,
    num_attention_heads: 3,
    num_hidden_layers: 1,
    patch_size: 4,
  },
};

/** Its preprocessing. */
export const testPreprocessing = {
  crop_size: { height: 8, width: 8 },
  do_resize: true,
  image_mean: [0.5, 0.4, 0.3],
  image_std: [0.2, 0.3, 0.4],
  size: { shortest_edge: 8 },
};

/** Tensors of the tiny model: element i of each is i mod 7 quarters, which every float type holds. */
export function createTestTensors(dtype: ElementType = 'F32'): Map<string, SafetensorsTensor> {
  const layout = createParameterLayout(parseClipConfig(testConfig, 'config.json'));
  const names = [...layout.entries, { name: 'logit_scale', shape: [], size: 1 }];
  names.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(
    names.map(({ name, shape, size }): [string, SafetensorsTensor] => {
      const values = Float32Array.from({ length: size }, (_, i) => (i % 7) / 4 + 0.5);
      return [name, { dtype, shape, data: fromFloat32(dtype, values) }];
    }),
  );
}

/** Writes a JSON file. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFile(path, JSON.stringify(value));
}

/** Makes a folder that is gone when the test has ended. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-clip-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Writes the tiny model to a folder of its own. */
export async function writeTestModel(
  tensors: ReadonlyMap<string, SafetensorsTensor> = createTestTensors(),
): Promise<string> {
  const folder = await makeFolder();
  const tokenizer = fileURLToPath(new URL('../../fixtures/tokenizer', import.meta.url));
  await cp(tokenizer, folder, { recursive: true });
  await writeJson(join(folder, 'config.json'), testConfig);
  await writeJson(join(folder, 'preprocessor_config.json'), testPreprocessing);
  const metadata = new Map([['format', 'pt']]);
  await writeFile(join(folder, 'model.safetensors'), serializeSafetensors(tensors, metadata));
  return folder;
}
