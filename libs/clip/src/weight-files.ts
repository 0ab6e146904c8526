import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readExactly } from '@holdfast/artifacts';
import { Fault, type FieldViolation } from '@holdfast/fault';
import {
  headerLengthBytes,
  parseHeader,
  readHeaderLength,
  SafetensorsError,
  type SafetensorsHeader,
  type TensorLocation,
} from '@holdfast/safetensors';
import { isJsonObject, readJsonFile } from './read-json-file.js';
import { lfsOpeningBytes, refuseLfsPointer } from './refuse-lfs-pointer.js';

/** One safetensors file of a model. */
export interface WeightFile extends SafetensorsHeader {
  /** Name inside the model's directory. */
  readonly name: string;
}

/** Where a tensor stands. */
export interface StoredTensor extends TensorLocation {
  /** Name of its file inside the model's directory. */
  readonly file: string;
}

const indexName = 'model.safetensors.index.json';
const shardsMax = 10_000;

/**
 * Reads and checks the header of a safetensors file.
 *
 * @throws Fault `not-found` if there is none, `invalid` if it is damaged or a pointer of Git LFS.
 */
export async function readWeightFile(directory: string, name: string): Promise<WeightFile> {
  const path = join(directory, name);
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new Fault('not-found', `cannot read ${path}: ${cause.message}`, { cause });
  });
  try {
    const { size } = await file.stat();
    const about = { name: path, bytes: size };
    const start = await readExactly(file, 0, Math.min(lfsOpeningBytes, size));
    refuseLfsPointer(path, Buffer.from(start).toString('latin1'));
    const json = await readExactly(file, headerLengthBytes, readHeaderLength(start, about));
    return { name, ...parseHeader(json, about) };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new Fault('invalid', error.message, { violations: error.violations, cause: error });
  } finally {
    await file.close();
  }
}

/**
 * The names of a model's weight files: `model.safetensors`, or the shards that
 * `model.safetensors.index.json` lists.
 *
 * @param names every file name in the directory
 * @throws Fault `invalid` that says why the weights that are there cannot be used.
 */
export async function findWeightFiles(
  directory: string,
  names: readonly string[],
): Promise<string[]> {
  if (names.includes('model.safetensors')) return ['model.safetensors'];
  if (names.includes(indexName)) return readShardNames(join(directory, indexName));
  const save = 'CLIPModel.from_pretrained(...).save_pretrained(..., safe_serialization=True)';
  refusePickles(directory, names, save);
  throw new Fault('not-found', `${directory} has no model.safetensors`);
}

/** Whether there are weights in transformers' names, whole or in shards. */
export function hasWeights(names: readonly string[]): boolean {
  return names.includes('model.safetensors') || names.includes(indexName);
}

/** Names of open_clip's weights, in the order in which it looks for them. */
const openClipNames = [
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.safetensors',
  'model.safetensors',
];

/**
 * The name of the weight file of an open_clip directory.
 *
 * @param names every file name in the directory
 * @throws Fault that says why the weights that are there cannot be used.
 */
export function findOpenClipWeights(directory: string, names: readonly string[]): string {
  const found = openClipNames.find((name) => names.includes(name));
  if (found !== undefined) return found;
  const save = 'safetensors.torch.save_file(model.state_dict(), "open_clip_model.safetensors")';
  refusePickles(directory, names, save);
  throw new Fault('not-found', `${directory} has no ${openClipNames[0]}`);
}

function refusePickles(directory: string, names: readonly string[], save: string): void {
  const pickle = names.find((name) => /\.(bin|pt|pth|ckpt|pkl)$/.test(name));
  if (pickle === undefined) return;
  throw new Fault(
    'invalid',
    `${directory} has weights only as a pickle (${pickle}): reading one can run any code in it, so Holdfast refuses. Convert it once where you trust it: ${save}`,
  );
}

async function readShardNames(path: string): Promise<string[]> {
  const { weight_map: map } = (await readJsonFile(path)) ?? {};
  if (!isJsonObject(map)) {
    throw new Fault('invalid', `${path} has no weight_map of tensor names to files`);
  }
  const names = [...new Set(Object.values(map))].sort();
  // A shard is a file of this directory and nothing else: no path may lead out of it.
  const wrong = names.filter(
    (name) => typeof name !== 'string' || !/^[\w][\w.-]*\.safetensors$/.test(name),
  );
  if (wrong.length > 0 || names.length === 0 || names.length > shardsMax) {
    const what = wrong.length > 0 ? JSON.stringify(wrong[0]) : `${names.length} files`;
    throw new Fault('invalid', `${path}: weight_map names ${what}, expected shards beside it`);
  }
  return names as string[];
}

/**
 * All tensors of a model's files by name.
 *
 * @throws Fault `invalid` if two files hold one tensor.
 */
export function collectTensors(files: readonly WeightFile[]): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const violations: FieldViolation[] = [];
  for (const file of files) {
    for (const [name, location] of file.tensors) {
      const other = tensors.get(name);
      if (other !== undefined) {
        const description = `stands in ${other.file} and in ${file.name}`;
        violations.push({ field: name, description });
      }
      tensors.set(name, { ...location, file: file.name });
    }
  }
  if (violations.length > 0) {
    const { field, description } = violations[0]!;
    throw new Fault('invalid', `the tensor ${field} ${description}`, { violations });
  }
  return tensors;
}
