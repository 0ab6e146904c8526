import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import type { Preprocessing } from '@holdfast/image';
import type { ClipConfig } from './clip-config.js';
import { describesClip, parseClipConfig } from './parse-clip-config.js';
import { parseOpenClipConfig } from './parse-open-clip-config.js';
import { parsePreprocessing } from './parse-preprocessing.js';
import { isJsonObject, type JsonObject, readJsonFile } from './read-json-file.js';
import { findOpenClipWeights, findWeightFiles, hasWeights } from './weight-files.js';

/** Name of the file by which a directory of open_clip is known. */
export const openClipConfigName = 'open_clip_config.json';

/** What a model's directory says of the model, whoever wrote it. */
export interface ModelFormat {
  readonly writer: 'transformers' | 'open_clip';
  readonly config: ClipConfig;
  readonly preprocessing: Preprocessing;
  /** Names of the files that hold the weights. */
  readonly weightNames: readonly string[];
}

/**
 * Reads the configuration and preprocessing of a directory, and where its weights are. A directory
 * may be both transformers' and open_clip's, as many on the Hugging Face hub are: then it is read as
 * transformers' if it has those weights.
 *
 * @param names every file name in the directory
 * @throws Fault that says what is missing or cannot be used.
 */
export async function readModelFormat(
  directory: string,
  names: readonly string[],
): Promise<ModelFormat> {
  const json = await readJsonFile(join(directory, 'config.json'));
  const isTransformers = json !== undefined && describesClip(json) && hasWeights(names);
  if (names.includes(openClipConfigName) && !isTransformers) {
    return readOpenClipFormat(directory, names);
  }
  return readTransformersFormat(directory, names);
}

async function readTransformersFormat(
  directory: string,
  names: readonly string[],
): Promise<ModelFormat> {
  const path = (name: string) => join(directory, name);
  const config = parseClipConfig(await requireJson(directory, 'config.json'), path('config.json'));
  const weightNames = await findWeightFiles(directory, names);
  const { name, json } = await readPreprocessor(directory);
  const { imageSize } = config.vision;
  const preprocessing = parsePreprocessing(json, { file: path(name), imageSize });
  return { writer: 'transformers', config, preprocessing, weightNames };
}

/** `processor_config.json` of transformers 5, where it holds the image processor, else the older file. */
async function readPreprocessor(directory: string): Promise<{ name: string; json: JsonObject }> {
  const { image_processor: nested } =
    (await readJsonFile(join(directory, 'processor_config.json'))) ?? {};
  if (isJsonObject(nested)) return { name: 'processor_config.json', json: nested };
  const name = 'preprocessor_config.json';
  return { name, json: await requireJson(directory, name) };
}

async function readOpenClipFormat(
  directory: string,
  names: readonly string[],
): Promise<ModelFormat> {
  const json = await requireJson(directory, openClipConfigName);
  return {
    writer: 'open_clip',
    ...parseOpenClipConfig(json, join(directory, openClipConfigName)),
    weightNames: [findOpenClipWeights(directory, names)],
  };
}

async function requireJson(directory: string, name: string): Promise<JsonObject> {
  const json = await readJsonFile(join(directory, name));
  if (json !== undefined) return json;
  throw new Fault(
    'not-found',
    `${directory} has no ${name}: it is not a complete CLIP directory of Hugging Face's transformers or open_clip`,
  );
}
