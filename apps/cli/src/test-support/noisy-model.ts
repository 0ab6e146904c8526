import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@holdfast/random';
import {
  fromFloat32,
  parseSafetensors,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';

/** Copies a model and moves each of its weights by about `size`. */
export async function writeNoisyModel(
  { model, size, seed }: { readonly model: string; readonly size: number; readonly seed: number },
  folder: string,
): Promise<void> {
  await cp(model, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const { tensors, metadata } = parseSafetensors(await readFile(path));
  const random = createRandom(seed);
  const moved = [...tensors].map(([name, tensor]) => {
    const values = toFloat32(tensor);
    if (name !== 'logit_scale') {
      for (let at = 0; at < values.length; at += 1) values[at]! += size * random.normal();
    }
    return [name, { ...tensor, data: fromFloat32(tensor.dtype, values) }] as const;
  });
  await writeFile(path, serializeSafetensors(new Map(moved), metadata));
}
