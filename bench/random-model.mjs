// CLIP directories of any size with random weights, for measurements: only sizes count there.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createParameterLayout } from '@holdfast/clip';
import { createRandom } from '@holdfast/random';
import { fromFloat32, serializeSafetensors } from '@holdfast/safetensors';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const example = join(root, 'libs/testing/golden/gtsrb-speed80');

const common = { layerNormEpsilon: 1e-5, activation: 'quick_gelu' };
const vocabulary = { vocabularySize: 1587, bosTokenId: 1585, eosTokenId: 1586, padTokenId: 1586 };
const smallText = { width: 64, heads: 2, layers: 1, mlpWidth: 128, contextLength: 16 };

/** Sizes by name. Those whose name ends in `vision` have a text tower of no weight. */
export const sizes = {
  'tiny-vision': {
    projectionSize: 64,
    vision: { width: 128, heads: 4, layers: 4, mlpWidth: 512, imageSize: 32, patchSize: 4 },
    text: smallText,
  },
  'vit-b-16-vision': {
    projectionSize: 512,
    vision: { width: 768, heads: 12, layers: 12, mlpWidth: 3072, imageSize: 224, patchSize: 16 },
    text: smallText,
  },
  'vit-b-32-vision': {
    projectionSize: 512,
    vision: { width: 768, heads: 12, layers: 12, mlpWidth: 3072, imageSize: 224, patchSize: 32 },
    text: smallText,
  },
  'vit-b-32': {
    projectionSize: 512,
    vision: { width: 768, heads: 12, layers: 12, mlpWidth: 3072, imageSize: 224, patchSize: 32 },
    text: { width: 512, heads: 8, layers: 12, mlpWidth: 2048, contextLength: 77 },
    vocabularySize: 49408,
  },
  'vit-b-16': {
    projectionSize: 512,
    vision: { width: 768, heads: 12, layers: 12, mlpWidth: 3072, imageSize: 224, patchSize: 16 },
    text: { width: 512, heads: 8, layers: 12, mlpWidth: 2048, contextLength: 77 },
  },
  // The widths of ViT-B/16 over towers of no weight: for steps on features.
  'vit-b-16-features': {
    projectionSize: 512,
    vision: { width: 768, heads: 12, layers: 1, mlpWidth: 64, imageSize: 32, patchSize: 32 },
    text: { width: 512, heads: 8, layers: 1, mlpWidth: 64, contextLength: 16 },
  },
  'vit-l-14': {
    projectionSize: 768,
    vision: { width: 1024, heads: 16, layers: 24, mlpWidth: 4096, imageSize: 224, patchSize: 14 },
    // The vocabulary of the real model, so that the parameters count as many: 428 million.
    text: { width: 768, heads: 12, layers: 12, mlpWidth: 3072, contextLength: 77 },
    vocabularySize: 49408,
  },
};

/** Standard deviations that keep activations of order one, as in OpenAI's initialisation. */
function deviationOf(name, shape) {
  if (shape.length < 2) return 0.02;
  if (name.includes('embedding')) return 0.02;
  return shape.slice(1).reduce((product, size) => product * size, 1) ** -0.5;
}

function drawTensor(random, { name, shape, size }) {
  const offset = name.includes('norm') && name.endsWith('weight') ? 1 : 0;
  const deviation = deviationOf(name, shape);
  // Repeating a thousand numbers is as good as drawing millions, and a hundred times as fast.
  const drawn = Float32Array.from({ length: 1021 }, () => offset + deviation * random.normal());
  const values = Float32Array.from({ length: size }, (_, i) => drawn[(i * 7 + (i >> 10)) % 1021]);
  return { dtype: 'F32', shape, data: fromFloat32('F32', values) };
}

/** Writes a random model of a named size into a folder. */
export function writeRandomModel(folder, name) {
  const { projectionSize, vision, text, vocabularySize = 1587 } = sizes[name];
  const config = {
    projectionSize,
    vision: { ...common, ...vision, channels: 3 },
    text: { ...common, ...text, ...vocabulary, vocabularySize, eotPooling: 'first-eos' },
  };
  const random = createRandom(0);
  const tensors = new Map(
    createParameterLayout(config).entries.map((entry) => [entry.name, drawTensor(random, entry)]),
  );
  tensors.set('logit_scale', {
    ...{ dtype: 'F32', shape: [], data: fromFloat32('F32', Float32Array.of(2.66)) },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.safetensors'), serializeSafetensors(tensors));
  const writeJson = (file, json) => writeFileSync(join(folder, file), JSON.stringify(json));
  writeJson('config.json', {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: projectionSize,
    text_config: {
      ...describeTower(text),
      max_position_embeddings: text.contextLength,
      vocab_size: vocabularySize,
      bos_token_id: vocabulary.bosTokenId,
      eos_token_id: vocabulary.eosTokenId,
      pad_token_id: vocabulary.padTokenId,
    },
    vision_config: {
      ...describeTower(vision),
      image_size: vision.imageSize,
      patch_size: vision.patchSize,
    },
  });
  writeJson('preprocessor_config.json', {
    size: { shortest_edge: vision.imageSize },
    crop_size: { height: vision.imageSize, width: vision.imageSize },
  });
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'merges.txt']) {
    copyFileSync(join(example, file), join(folder, file));
  }
}

function describeTower({ width, heads, layers, mlpWidth }) {
  return {
    hidden_size: width,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    intermediate_size: mlpWidth,
    hidden_act: 'quick_gelu',
  };
}
