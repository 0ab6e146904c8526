import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { fromFloat32, type SafetensorsTensor, serializeSafetensors } from '@holdfast/safetensors';
import type { ParameterLayout } from './parameter-layout.js';
import { headNamesKey, headsFileName } from './stored-heads.js';

interface HeadsToWrite {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly headNames?: readonly string[] | undefined;
}

/** Writes `heads.safetensors`, float32; returns its sha256 in hexadecimal. */
export async function writeHeads(
  { layout, parameters, headNames }: HeadsToWrite,
  folder: string,
): Promise<string> {
  const tensors = ['heads.A', 'heads.B'].map((name): [string, SafetensorsTensor] => {
    const { shape, offset, size } = layout.get(name);
    const data = fromFloat32('F32', parameters.subarray(offset, offset + size));
    return [name, { dtype: 'F32', shape, data }];
  });
  const [count] = layout.get('heads.A').shape;
  if (headNames !== undefined && headNames.length !== count) {
    throw new RangeError(`${headNames.length} names for ${count} heads`);
  }
  const metadata = new Map([['format', 'pt']]);
  if (headNames !== undefined) metadata.set(headNamesKey, JSON.stringify(headNames));
  const bytes = serializeSafetensors(new Map(tensors), metadata);
  await writeFile(join(folder, headsFileName), bytes);
  return sha256(bytes);
}
