import { open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readExactly, sha256File } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { hashPreprocessing } from '@holdfast/image';
import { toFloat32 } from '@holdfast/safetensors';
import { checkTensors } from './check-tensors.js';
import type { ClipDirectory } from './clip-directory.js';
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
 * tokenizer, checks that the weights are all there in the right shapes, and hashes them. The weights
 * themselves are read by {@link readClipParameters}.
 *
 * @throws Fault `not-found` if a file is missing, `invalid` that names everything in it that cannot
 *   be used: another kind of model, pickles, missing or misshapen tensors, a tokenizer or a crop that
 *   does not belong to the model.
 */
export async function openClipDirectory(path: string): Promise<ClipDirectory> {
  const directory = resolve(path);
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
  const hashed = weightFiles.map((file) => file.name);
  if (stored !== undefined) hashed.push(headsFileName);
  return {
    path: directory,
    config,
    naming,
    preprocessing,
    sha256: await hashFiles(directory, hashed),
    preprocessingSha256: hashPreprocessing(preprocessing),
    tokenizer: await openTokenizer(directory, config.text),
    logitScale: await readScalar(directory, tensors.get('logit_scale')!),
    hasHeads: stored !== undefined,
    ...(stored && { heads: stored.heads }),
    weightFiles,
  };
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

async function hashFiles(directory: string, names: readonly string[]): Promise<string> {
  const hashes = new Map<string, string>();
  for (const name of names) hashes.set(name, await sha256File(join(directory, name)));
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
