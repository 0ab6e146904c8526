import { Fault } from '@holdfast/fault';
import type { ClipConfig, TextConfig, TowerConfig, VisionConfig } from './clip-config.js';
import { type FieldReader, parseFields } from './field-reader.js';
import type { JsonObject } from './read-json-file.js';

const size = { min: 1, max: 65_536 };
const layerCount = { min: 1, max: 1024 };
const tokenId = { min: 0, max: 10_000_000 };

/** The id that old configurations give for the end token, whatever it really is. */
const historicalEosTokenId = 2;

/**
 * Reads `config.json` of a Hugging Face CLIP model, with Hugging Face's defaults where it is silent.
 *
 * @param file what to call it in messages
 * @throws Fault `invalid` that names every field that is wrong or not supported.
 */
export function parseClipConfig(json: JsonObject, file: string): ClipConfig {
  checkKind(json, file);
  return parseFields(json, file, (reader) => ({
    projectionSize: reader.integer('projection_dim', 512, size),
    vision: parseVision(pickTower(reader, 'vision_config')),
    text: parseText(pickTower(reader, 'text_config')),
  }));
}

/** Whether `config.json` is that of a CLIPModel, and not of another library or model. */
export function describesClip({ model_type: kind, architectures }: JsonObject): boolean {
  if (kind !== undefined) return kind === 'clip';
  return Array.isArray(architectures) && architectures.includes('CLIPModel');
}

function checkKind(json: JsonObject, file: string): void {
  const { model_type: kind, architectures } = json;
  if (kind !== undefined && kind !== 'clip') {
    throw new Fault(
      'invalid',
      `${file} describes a model of type ${JSON.stringify(kind)}, not "clip": Holdfast trains CLIP models with both towers (CLIPModel)`,
    );
  }
  if (Array.isArray(architectures) && !architectures.includes('CLIPModel')) {
    throw new Fault(
      'invalid',
      `${file} describes ${architectures.join(', ')}, not CLIPModel: both towers and projections are needed; save the whole CLIPModel`,
    );
  }
  if (kind === undefined && architectures === undefined) {
    throw new Fault('invalid', `${file} names neither model_type "clip" nor CLIPModel`);
  }
}

/**
 * Old files also have `text_config_dict`; where it is not null Hugging Face takes every field from
 * it, and defaults for those it lacks.
 */
function pickTower(reader: FieldReader, name: string): FieldReader {
  const legacy = `${name}_dict`;
  return reader.object(reader.raw(legacy) === undefined ? name : legacy);
}

interface TowerDefaults {
  readonly width: number;
  readonly mlpWidth: number;
  readonly heads: number;
}

function parseTower(reader: FieldReader, defaults: TowerDefaults): TowerConfig {
  const width = reader.integer('hidden_size', defaults.width, size);
  const heads = reader.integer('num_attention_heads', defaults.heads, size);
  if (width % heads !== 0) {
    reader.refuse('num_attention_heads', `is ${heads}, which does not divide the width ${width}`);
  }
  return {
    width,
    heads,
    layers: reader.integer('num_hidden_layers', 12, layerCount),
    mlpWidth: reader.integer('intermediate_size', defaults.mlpWidth, size),
    activation: reader.choice('hidden_act', 'quick_gelu', ['quick_gelu', 'gelu']),
    layerNormEpsilon: reader.number('layer_norm_eps', 1e-5, { min: 1e-12, max: 1 }),
  };
}

function parseVision(reader: FieldReader): VisionConfig {
  const imageSize = reader.integer('image_size', 224, { min: 1, max: 4096 });
  const patchSize = reader.integer('patch_size', 32, { min: 1, max: 4096 });
  if (imageSize % patchSize !== 0) {
    reader.refuse('patch_size', `is ${patchSize}, which does not divide image_size ${imageSize}`);
  }
  return {
    ...parseTower(reader, { width: 768, mlpWidth: 3072, heads: 12 }),
    imageSize,
    patchSize,
    channels: reader.integer('num_channels', 3, { min: 3, max: 3 }),
  };
}

function parseText(reader: FieldReader): TextConfig {
  const eosTokenId = reader.integer('eos_token_id', 49_407, tokenId);
  return {
    ...parseTower(reader, { width: 512, mlpWidth: 2048, heads: 8 }),
    vocabularySize: reader.integer('vocab_size', 49_408, { min: 3, max: 10_000_000 }),
    contextLength: reader.integer('max_position_embeddings', 77, { min: 3, max: 65_536 }),
    bosTokenId: reader.integer('bos_token_id', 49_406, tokenId),
    eosTokenId,
    padTokenId: reader.integer('pad_token_id', 1, tokenId),
    eotPooling: eosTokenId === historicalEosTokenId ? 'argmax' : 'first-eos',
  };
}
