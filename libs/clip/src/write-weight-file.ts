import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readExactly, writeFully } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  fromFloat32,
  layOutSafetensors,
  type TensorLocation,
  toFloat32,
} from '@holdfast/safetensors';
import type { ClipDirectory } from './clip-directory.js';
import { mergeAdapter } from './merge-adapter.js';
import type { ParameterEntry, ParameterLayout } from './parameter-layout.js';
import { nameAdapter } from './partition-parameters.js';
import type { WeightFile } from './weight-files.js';

interface WriteWeightSettings {
  readonly source: ClipDirectory;
  readonly file: WeightFile;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  /** Of the layout's adapters. */
  readonly adapterScale?: number | undefined;
  readonly folder: string;
}

/**
 * Writes one weight file with the names, types and order of the source's, one tensor at a time.
 * Weights with an adapter in the layout take it in; other tensors outside the layout keep the source's
 * bytes.
 *
 * @returns sha256 of the file in hexadecimal.
 * @throws Fault `precondition` if a value is beyond the range of its element type.
 */
export async function writeWeightFile(settings: WriteWeightSettings): Promise<string> {
  const { source, file, folder } = settings;
  const findValues = createLookUp(settings);
  const inOrder = new Map([...file.tensors].sort(([, a], [, b]) => a.start - b.start));
  const { header, offsets } = layOutSafetensors(inOrder, file.metadata);
  const from = await open(join(source.path, file.name), 'r');
  const to = await open(join(folder, file.name), 'wx');
  try {
    const hash = createHash('sha256').update(header);
    await writeFully(to, 0, header);
    for (const [name, tensor] of inOrder) {
      const stored = () => readExactly(from, tensor.start, tensor.end - tensor.start);
      const values = await findValues(name, async () =>
        toFloat32({ dtype: tensor.dtype, data: await stored() }),
      );
      const bytes = values === undefined ? await stored() : encode(name, tensor, values);
      hash.update(bytes);
      await writeFully(to, offsets.get(name)!, bytes);
    }
    return hash.digest('hex');
  } finally {
    await from.close();
    await to.close();
  }
}

/** Finds a tensor's values, given how to read the source's; undefined if they are the source's. */
function createLookUp({ layout, parameters, adapterScale: scale }: WriteWeightSettings) {
  const entries = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const valuesOf = ({ offset, size }: ParameterEntry) => parameters.subarray(offset, offset + size);
  return async (
    name: string,
    readSource: () => Promise<Float32Array>,
  ): Promise<Float32Array | undefined> => {
    const entry = entries.get(name);
    if (entry !== undefined) return valuesOf(entry);
    const layer = name.replace(/[.]weight$/, '');
    const [A, B] = [entries.get(nameAdapter(layer, 'A')), entries.get(nameAdapter(layer, 'B'))];
    if (A === undefined || B === undefined) return undefined;
    if (scale === undefined) throw new RangeError(`the adapter of ${layer} has no scale`);
    const factors = { A: valuesOf(A), B: valuesOf(B), rank: A.shape[0]!, scale };
    return mergeAdapter(await readSource(), factors);
  };
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
