import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { readExactly, readInto } from '@holdfast/artifacts';
import { bytesPerElement, type TensorLocation, toFloat32 } from '@holdfast/safetensors';
import { checkTensors } from './check-tensors.js';
import type { ClipDirectory } from './clip-directory.js';
import { createParameterLayout, type ParameterLayout } from './parameter-layout.js';
import { checkHeadShape, readHeadsFile } from './stored-heads.js';
import { planTensors, type TensorPlan } from './tensor-plan.js';
import { transpose } from './transpose.js';
import { collectTensors, type WeightFile } from './weight-files.js';

/**
 * Reads every parameter of the layout, which may be a part of the model's, from the directory's files
 * into one flat array, as float32. Padding becomes 0. Adapters, and heads if the directory has none,
 * are left as they are in `target` (see {@link initializeHeads}); heads that only the directory has are
 * not read.
 *
 * @throws RangeError if `target` does not have the layout's length.
 * @throws Fault `invalid` if tensors are missing, misshapen or unknown, or heads have another shape.
 */
export async function readClipParameters(
  directory: ClipDirectory,
  layout: ParameterLayout,
  target: Float32Array,
): Promise<void> {
  if (target.length !== layout.length) {
    throw new RangeError(`the layout has ${layout.length} elements, the array ${target.length}`);
  }
  const plans = planTensors(createParameterLayout(directory.config), directory.naming);
  checkTensors(collectTensors(directory.weightFiles), plans, directory.path);
  const headsFile = await openHeads(directory, layout);
  clearPadding(layout, target);
  for (const file of directory.weightFiles) {
    await readFile({ directory: directory.path, file, plans, layout }, target);
  }
  if (headsFile === undefined) return;
  const headPlans = planTensors(layout, 'transformers');
  await readFile({ directory: directory.path, file: headsFile, plans: headPlans, layout }, target);
}

async function openHeads(
  directory: ClipDirectory,
  layout: ParameterLayout,
): Promise<WeightFile | undefined> {
  const wanted = layout.entries.find((entry) => entry.name === 'heads.A')?.shape;
  if (wanted === undefined || !directory.hasHeads) return undefined;
  const { file, heads } = await readHeadsFile(directory.path, directory.config);
  checkHeadShape({ ...directory, heads }, { count: wanted[0]!, rank: wanted[2]! });
  return file;
}

function clearPadding(layout: ParameterLayout, target: Float32Array): void {
  layout.entries.forEach(({ offset, size }, i) => {
    target.fill(0, offset + size, layout.entries[i + 1]?.offset ?? layout.length);
  });
}

interface FileToRead {
  readonly directory: string;
  readonly file: WeightFile;
  readonly plans: ReadonlyMap<string, TensorPlan>;
  readonly layout: ParameterLayout;
}

async function readFile(
  { directory, file, plans, layout }: FileToRead,
  target: Float32Array,
): Promise<void> {
  const places = new Map(
    layout.entries.map(({ name, offset, size }) => [name, target.subarray(offset, offset + size)]),
  );
  const handle = await open(join(directory, file.name), 'r');
  try {
    for (const [name, tensor] of file.tensors) {
      const plan = plans.get(name);
      if (plan !== undefined) await readParts(handle, tensor, plan, places);
    }
  } finally {
    await handle.close();
  }
}

/** Reads the parts of a tensor that have a place. */
async function readParts(
  handle: FileHandle,
  tensor: TensorLocation,
  { parts, transposed }: TensorPlan,
  places: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  let { start } = tensor;
  for (const { name, size, shape } of parts) {
    const end = start + size * bytesPerElement(tensor.dtype);
    const place = places.get(name);
    if (place !== undefined) await readTensor(handle, { ...tensor, start, end }, place);
    if (transposed) place?.set(transpose(place, [shape[1]!, shape[0]!]));
    start = end;
  }
}

async function readTensor(
  handle: FileHandle,
  { dtype, start, end }: TensorLocation,
  elements: Float32Array,
): Promise<void> {
  if (dtype === 'F32') {
    // Straight into place: the array may be all the memory there is.
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    return readInto(handle, start, bytes);
  }
  toFloat32({ dtype, data: await readExactly(handle, start, end - start) }, elements);
}
