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
import type { Change, FindChange } from './find-change.js';
import { mergeAdapter } from './merge-adapter.js';
import { createParameterLayout } from './parameter-layout.js';
import { planTensors, type TensorPlan } from './tensor-plan.js';
import { transpose } from './transpose.js';
import type { WeightFile } from './weight-files.js';

interface WriteWeightSettings {
  readonly source: ClipDirectory;
  readonly file: WeightFile;
  readonly findChange: FindChange;
  readonly folder: string;
}

/**
 * Writes one weight file with the names, types and order of the source's, one tensor at a time.
 * Weights with an adapter take it in; tensors of which nothing changes keep the source's bytes.
 *
 * @returns sha256 of the file in hexadecimal.
 * @throws Fault `precondition` if a value is beyond the range of its element type.
 */
export async function writeWeightFile(settings: WriteWeightSettings): Promise<string> {
  const { source, file, findChange, folder } = settings;
  const plans = planTensors(createParameterLayout(source.config), source.naming);
  const inOrder = new Map([...file.tensors].sort(([, a], [, b]) => a.start - b.start));
  const { header, offsets } = layOutSafetensors(inOrder, file.metadata);
  const from = await open(join(source.path, file.name), 'r');
  const to = await open(join(folder, file.name), 'wx');
  try {
    const hash = createHash('sha256').update(header);
    await writeFully(to, 0, header);
    for (const [name, tensor] of inOrder) {
      const stored = () => readExactly(from, tensor.start, tensor.end - tensor.start);
      const readSource = async () => toFloat32({ dtype: tensor.dtype, data: await stored() });
      const values = await composeTensor(plans.get(name), findChange, readSource);
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

/** A tensor's values, given how to read the source's; undefined if they are the source's. */
async function composeTensor(
  plan: TensorPlan | undefined,
  findChange: FindChange,
  readSource: () => Promise<Float32Array>,
): Promise<Float32Array | undefined> {
  const changes: Change[] = [];
  for (const { name } of plan?.parts ?? []) changes.push(await findChange(name));
  if (plan === undefined || changes.every((change) => change === undefined)) return undefined;
  const { parts, transposed } = plan;
  const [only] = changes;
  if (transposed) return transpose(only as Float32Array, parts[0]!.shape as [number, number]);
  if (parts.length === 1 && only instanceof Float32Array) return only;
  const values = await readSource();
  let start = 0;
  for (const [i, { size }] of parts.entries()) {
    const part = values.subarray(start, start + size);
    const change = changes[i];
    if (change instanceof Float32Array) part.set(change);
    else if (change !== undefined) part.set(mergeAdapter(part, change));
    start += size;
  }
  return values;
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
