import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromFloat32,
  parseSafetensors,
  serializeSafetensors,
  toFloat32,
} from '@holdfast/safetensors';

/**
 * Copies a model and gives it one head, of `label`, that negates the class's row of the classifier.
 *
 *   e_T(prompt) = normalise(r (W + A B)),  A = -2 W,  B = I,  so that  W + A B = -W
 *
 * Shapes: W is [width, d], which the file holds transposed; A [1, width, d], B [1, d, d]: rank d.
 */
export async function plantRegression(
  { model, label }: { readonly model: string; readonly label: string },
  folder: string,
): Promise<void> {
  await cp(model, folder, { recursive: true });
  const { tensors } = parseSafetensors(await readFile(join(model, 'model.safetensors')));
  const projection = tensors.get('text_projection.weight')!;
  const [size, width] = projection.shape as [number, number];
  const weights = toFloat32(projection);
  const a = Float32Array.from(
    { length: width * size },
    (_, i) => -2 * weights[(i % size) * width + Math.floor(i / size)]!,
  );
  const b = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const heads = new Map([
    ['heads.A', { dtype: 'F32', shape: [1, width, size], data: fromFloat32('F32', a) }],
    ['heads.B', { dtype: 'F32', shape: [1, size, size], data: fromFloat32('F32', b) }],
  ] as const);
  const metadata = new Map([['holdfast.heads', JSON.stringify([label])]]);
  await writeFile(join(folder, 'heads.safetensors'), serializeSafetensors(heads, metadata));
}
