import type { ChannelTriple, Preprocessing } from '@holdfast/image';
import type {
  Activation,
  ClipConfig,
  TextConfig,
  TowerConfig,
  VisionConfig,
} from './clip-config.js';
import { type FieldReader, parseFields } from './field-reader.js';
import { clipMean, clipStd, parseTriple } from './parse-preprocessing.js';
import type { JsonObject } from './read-json-file.js';
import { refuseUnknownFields } from './refuse-unknown-fields.js';

const size = { min: 1, max: 65_536 };
const layerCount = { min: 1, max: 1024 };
const pixels = { min: 1, max: 4096 };

/** Fields that are read, or change nothing about what a trained model computes. */
const modelFields = [
  ...['embed_dim', 'quick_gelu', 'vision_cfg', 'text_cfg'],
  ...['custom_text', 'init_logit_scale', 'nonscalar_logit_scale'],
];
const towerFields = ['width', 'layers', 'mlp_ratio', 'norm_kwargs'];
const visionFields = [
  ...towerFields,
  ...['image_size', 'patch_size', 'head_width', 'pool_type', 'pos_embed_type'],
  ...['patch_dropout', 'final_ln_after_pool', 'attn_pooler_queries', 'attn_pooler_heads'],
  ...['timm_pool', 'timm_proj', 'timm_drop', 'timm_model_pretrained'],
];
const textFields = [
  ...towerFields,
  ...['context_length', 'vocab_size', 'heads', 'pool_type', 'eos_id', 'pad_id', 'proj_type'],
  ...['final_ln_after_pool', 'hf_tokenizer_name', 'tokenizer_mode'],
  ...['hf_model_pretrained', 'hf_proj_type', 'hf_pooler_type'],
];

/** Why a field of another kind of model is not supported. */
const reasons: Readonly<Record<string, string>> = {
  multimodal_cfg: 'describes a CoCa model',
  init_logit_bias: 'belongs to a SigLIP model',
  timm_model_name: 'names a tower of timm',
  hf_model_name: 'names a text tower of transformers',
  attentional_pool: 'pools with attention',
  no_causal_mask: 'lets texts see later tokens',
  no_ln_pre: 'leaves out the first LayerNorm',
  embed_cls: 'adds a class token to texts',
  proj_bias: 'adds a bias to the projection',
};

/**
 * Reads `open_clip_config.json`, with open_clip's defaults where it is silent. Every field that would
 * make the model another one than a CLIP of two plain transformers is refused.
 *
 * @param file what to call it in messages
 * @throws Fault `invalid` that names every field that is wrong or not supported.
 */
export function parseOpenClipConfig(
  json: JsonObject,
  file: string,
): { readonly config: ClipConfig; readonly preprocessing: Preprocessing } {
  return parseFields(json, file, (root) => {
    const model = root.object('model_cfg');
    refuseUnknownFields(model, modelFields, reasons);
    const activation = model.boolean('quick_gelu', false) ? 'quick_gelu' : 'gelu';
    if (model.raw('embed_dim') === undefined) model.refuse('embed_dim', 'is missing');
    const vision = parseVision(model.object('vision_cfg'), activation);
    const config = {
      projectionSize: model.integer('embed_dim', 512, size),
      vision,
      text: parseText(model.object('text_cfg'), activation),
    };
    const preprocessing = parsePreprocessing(root.object('preprocess_cfg'), vision.imageSize);
    return { config, preprocessing };
  });
}

function parseTower(
  reader: FieldReader,
  activation: Activation,
  fallback: { readonly width: number },
): Omit<TowerConfig, 'heads'> {
  const width = reader.integer('width', fallback.width, size);
  const ratio = reader.number('mlp_ratio', 4, { min: 1 / 64, max: 64 });
  const norm = reader.object('norm_kwargs');
  refuseUnknownFields(norm, ['eps']);
  return {
    width,
    layers: reader.integer('layers', 12, layerCount),
    mlpWidth: Math.trunc(width * ratio),
    activation,
    layerNormEpsilon: norm.number('eps', 1e-5, { min: 1e-12, max: 1 }),
  };
}

function parseVision(reader: FieldReader, activation: Activation): VisionConfig {
  refuseUnknownFields(reader, visionFields, reasons);
  reader.choice('pool_type', 'tok', ['tok']);
  reader.choice('pos_embed_type', 'learnable', ['learnable']);
  const imageSize = parseSquare(reader, 'image_size', 224);
  const patchSize = parseSquare(reader, 'patch_size', 16);
  if (imageSize % patchSize !== 0) {
    reader.refuse('patch_size', `is ${patchSize}, which does not divide image_size ${imageSize}`);
  }
  const tower = parseTower(refuseResNet(reader), activation, { width: 768 });
  const headWidth = reader.integer('head_width', 64, size);
  if (tower.width % headWidth !== 0) {
    reader.refuse('head_width', `is ${headWidth}, which does not divide the width ${tower.width}`);
  }
  return { ...tower, heads: tower.width / headWidth, imageSize, patchSize, channels: 3 };
}

/** A list of layers is that of a ResNet's stages. */
function refuseResNet(reader: FieldReader): FieldReader {
  const layers = reader.raw('layers');
  if (!Array.isArray(layers)) return reader;
  const description = `is ${JSON.stringify(layers)}, those of a ResNet: only vision transformers are supported`;
  reader.refuse('layers', description);
  return reader.with({ layers: null });
}

/** `224` or `[224, 224]`. */
function parseSquare(reader: FieldReader, name: string, fallback: number): number {
  const value = reader.raw(name);
  if (!Array.isArray(value)) return reader.integer(name, fallback, pixels);
  const [height, width] = value as unknown[];
  if (value.length === 2 && height === width) {
    return reader.with({ [name]: height }).integer(name, fallback, pixels);
  }
  reader.refuse(name, `is ${JSON.stringify(value)}; only squares are supported`);
  return fallback;
}

function parseText(reader: FieldReader, activation: Activation): TextConfig {
  refuseUnknownFields(reader, textFields, reasons);
  reader.choice('proj_type', 'linear', ['linear']);
  const tower = parseTower(reader, activation, { width: 512 });
  const heads = reader.integer('heads', 8, size);
  if (tower.width % heads !== 0) {
    reader.refuse('heads', `is ${heads}, which does not divide the width ${tower.width}`);
  }
  const vocabularySize = reader.integer('vocab_size', 49_408, { min: 3, max: 10_000_000 });
  const tokenId = { min: 0, max: vocabularySize - 1 };
  const pooling = reader.choice('pool_type', 'argmax', ['argmax', 'eos']);
  return {
    ...tower,
    heads,
    vocabularySize,
    contextLength: reader.integer('context_length', 77, { min: 3, max: 65_536 }),
    // open_clip's tokenizer has the start and the end token last.
    bosTokenId: vocabularySize - 2,
    eosTokenId: pooling === 'eos' ? reader.integer('eos_id', 2, tokenId) : vocabularySize - 1,
    padTokenId: reader.integer('pad_id', 0, tokenId),
    eotPooling: pooling === 'eos' ? 'first-eos' : 'argmax',
  };
}

/** Fields of preprocessing that are read, or change nothing where the shorter edge is resized. */
const pixelFields = ['size', 'mode', 'mean', 'std', 'interpolation', 'resize_mode', 'fill_color'];

/** open_clip resizes to the model's size, whatever `size` says. */
function parsePreprocessing(reader: FieldReader, imageSize: number): Preprocessing {
  refuseUnknownFields(reader, pixelFields);
  // 'random' is a way to train; images to be judged are resized bicubically.
  reader.choice('interpolation', 'bicubic', ['bicubic', 'random']);
  reader.choice('resize_mode', 'shortest', ['shortest']);
  reader.choice('mode', 'RGB', ['RGB']);
  return {
    doResize: true,
    shortestEdge: imageSize,
    cropHeight: imageSize,
    cropWidth: imageSize,
    doRescale: true,
    rescaleFactor: 1 / 255,
    doNormalize: true,
    mean: parseChannels(reader, 'mean', clipMean, { min: -1000, max: 1000 }),
    std: parseChannels(reader, 'std', clipStd, { min: 1e-6, max: 1000 }),
  };
}

/** `0.5` or `[0.5, 0.5, 0.5]`. */
function parseChannels(
  reader: FieldReader,
  name: string,
  fallback: ChannelTriple,
  range: { readonly min: number; readonly max: number },
): ChannelTriple {
  const value = reader.raw(name);
  const triple = typeof value === 'number' ? { [name]: [value, value, value] } : {};
  return parseTriple(reader.with(triple), name, fallback, range);
}
