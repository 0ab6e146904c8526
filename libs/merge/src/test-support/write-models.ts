import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@holdfast/random';
import {
  fromFloat32,
  parseSafetensors,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';
import { onTestFinished } from 'vitest';

/** A CLIP of 0.67 million parameters, three blocks for images and two for texts. */
export const basePath = fileURLToPath(
  new URL('../../../testing/golden/gtsrb-speed80', import.meta.url),
);

/** Makes a folder that is gone when the test has ended. */
export async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-merge-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What becomes of the values of a tensor, changed in place. */
export type ChangeValues = (name: string, values: Float32Array) => void;

/** Writes the base with changed values to a folder of its own. */
export async function writeChanged(change: ChangeValues): Promise<string> {
  const folder = await makeFolder();
  await cp(basePath, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const { tensors, metadata } = parseSafetensors(await readFile(path));
  const changed = [...tensors].map(([name, tensor]) => {
    const values = toFloat32(tensor);
    change(name, values);
    return [name, { ...tensor, data: fromFloat32(tensor.dtype, values) }] as const;
  });
  await writeFile(path, serializeSafetensors(new Map(changed), metadata));
  return folder;
}

/** Writes the base with every weight moved by about a hundredth. */
export function writeNoisy(seed: number): Promise<string> {
  const random = createRandom(seed);
  return writeChanged((name, values) => {
    if (name === 'logit_scale') return;
    for (let at = 0; at < values.length; at += 1) values[at]! += 0.01 * random.normal();
  });
}

/** All tensors of a model in one file, as float32. */
export async function readTensors(folder: string): Promise<ReadonlyMap<string, Float32Array>> {
  const { tensors } = parseSafetensors(await readFile(join(folder, 'model.safetensors')));
  return new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));
}
