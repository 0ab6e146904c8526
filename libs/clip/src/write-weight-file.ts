import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readExactly, writeFully } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { fromFloat32, layOutSafetensors, type TensorLocation } from '@holdfast/safetensors';
import type { ClipDirectory } from './clip-directory.js';
import type { ParameterLayout } from './parameter-layout.js';
import type { WeightFile } from './weight-files.js';

interface WriteWeightSettings {
  readonly source: ClipDirectory;
  readonly file: WeightFile;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly folder: string;
}

/**
 * Writes one weight file with the names, types and order of the source's, one tensor at a time.
 * Tensors outside the layout keep the source's bytes.
 *
 * @returns sha256 of the file in hexadecimal.
 * @throws Fault `precondition` if a value is beyond the range of its element type.
 */
export async function writeWeightFile(settings: WriteWeightSettings): Promise<string> {
  const { source, file, layout, parameters, folder } = settings;
  const entries = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const inOrder = new Map([...file.tensors].sort(([, a], [, b]) => a.start - b.start));
  const { header, offsets } = layOutSafetensors(inOrder, file.metadata);
  const from = await open(join(source.path, file.name), 'r');
  const to = await open(join(folder, file.name), 'wx');
  try {
    const hash = createHash('sha256').update(header);
    await writeFully(to, 0, header);
    for (const [name, tensor] of inOrder) {
      const entry = entries.get(name);
      const bytes =
        entry === undefined
          ? await readExactly(from, tensor.start, tensor.end - tensor.start)
          : encode(name, tensor, parameters.subarray(entry.offset, entry.offset + entry.size));
      hash.update(bytes);
      await writeFully(to, offsets.get(name)!, bytes);
    }
    return hash.digest('hex');
  } finally {
    await from.close();
    await to.close();
  }
}

function encode(name: string, { dtype }: TensorLocation, values: Float32Array): Uint8Array {
  if (dtype !== 'F32' && dtype !== 'F64' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new Fault('precondition', `${name} is stored as ${dtype}, which cannot hold weights`);
  }
  if (dtype === 'F16') refuseOverflow(name, values);
  return fromFloat32(dtype, values);
}

/** The first magnitude that rounds to infinity in half precision. */
const halfOverflow = 65_520;

function refuseOverflow(name: string, values: Float32Array): void {
  const index = values.findIndex((value) => Math.abs(value) >= halfOverflow);
  if (index === -1) return;
  throw new Fault(
    'precondition',
    `${name}: element ${index} is ${values[index]}, beyond the range of the base model's F16: start from a base model in F32 or BF16`,
  );
}
