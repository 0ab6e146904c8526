import { open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pullFolder, readExactly } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { hashPreprocessing } from '@holdfast/image';
import { toFloat32 } from '@holdfast/safetensors';
import { checkLogitScale } from './check-logit-scale.js';
import { checkTensors } from './check-tensors.js';
import type { ClipDirectory } from './clip-directory.js';
import { hashWeightFile } from './hash-weight-file.js';
import { hashWeights } from './hash-weights.js';
import { openTokenizer } from './open-tokenizer.js';
import { createParameterLayout } from './parameter-layout.js';
import { readModelFormat } from './read-model-format.js';
import { headsFileName, readHeadsFile } from './stored-heads.js';
import { planTensors, type TensorNaming } from './tensor-plan.js';
import {
  collectTensors,
  readWeightFile,
  type StoredTensor,
  type WeightFile,
} from './weight-files.js';

/**
 * Opens a CLIP directory, of transformers or open_clip: reads its configuration, preprocessing and
 * tokenizer, checks that the weights are all there in the right shapes and finite, and hashes them. They
 * are read by {@link readClipParameters}.
 *
 * @throws Fault `not-found` if a file is missing, `invalid` that names everything in it that cannot
 *   be used: another kind of model, pickles, missing or misshapen tensors, weights that
 *   are not finite, an absurd logit scale, pointers of Git LFS, a tokenizer or a crop that
 *   does not belong to the model.
 */
export async function openClipDirectory(path: string): Promise<ClipDirectory> {
  const directory = resolve(path);
  await pullFolder(directory, { select: selectModel });
  const names = await listFiles(directory);
  const { writer, config, preprocessing, weightNames } = await readModelFormat(directory, names);
  const weightFiles: WeightFile[] = [];
  // One after the other: a list of ten thousand shards must not hold as many files and headers open.
  for (const name of weightNames) {
    weightFiles.push(await readWeightFile(directory, name));
  }
  const tensors = collectTensors(weightFiles);
  const naming = writer === 'open_clip' ? findOpenClipNaming(tensors) : writer;
  checkTensors(tensors, planTensors(createParameterLayout(config), naming), directory);
  const stored = names.includes(headsFileName) ? await readHeadsFile(directory, config) : undefined;
  const hashed = stored === undefined ? weightFiles : [...weightFiles, stored.file];
  const sha256 = await hashFiles(directory, hashed);
  const scale = tensors.get('logit_scale')!;
  const logitScale = await readScalar(directory, scale);
  const unusual = checkLogitScale(logitScale, join(directory, scale.file));
  return {
    path: directory,
    config,
    naming,
    preprocessing,
    sha256,
    preprocessingSha256: hashPreprocessing(preprocessing),
    tokenizer: await openTokenizer(directory, config.text),
    logitScale,
    notes: unusual === undefined ? [] : [unusual],
    hasHeads: stored !== undefined,
    ...(stored && { heads: stored.heads }),
    weightFiles,
  };
}

/** Weights in formats that are not read. Repositories have them beside those that are; where there are no others, the message names them. */
const otherWeights = /\.(bin|ckpt|gguf|h5|msgpack|onnx|onnx_data|ot|pt|pth|tflite)$/;

/** What is brought of a model that lies in an object store. */
function selectModel(names: readonly string[]): readonly string[] {
  const isRead = names.some((name) => name.endsWith('.safetensors'));
  return isRead ? names.filter((name) => !otherWeights.test(name)) : names;
}

function findOpenClipNaming(tensors: ReadonlyMap<string, StoredTensor>): TensorNaming {
  return tensors.has('text.positional_embedding') ? 'open_clip custom_text' : 'open_clip';
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'ENOTDIR'
        ? 'is a file; give the directory that holds config.json and model.safetensors'
        : `cannot be read (${code}); give the directory of a CLIP model`;
    throw new Fault('not-found', `the model ${directory} ${why}`, { cause });
  }
}

async function hashFiles(directory: string, files: readonly WeightFile[]): Promise<string> {
  const hashes = new Map<string, string>();
  for (const file of files) hashes.set(file.name, await hashWeightFile(directory, file));
  return hashWeights(hashes);
}

async function readScalar(directory: string, tensor: StoredTensor): Promise<number> {
  const file = await open(join(directory, tensor.file), 'r');
  try {
    const data = await readExactly(file, tensor.start, tensor.end - tensor.start);
    return toFloat32({ dtype: tensor.dtype, data })[0]!;
  } finally {
    await file.close();
  }
}
