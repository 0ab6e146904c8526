import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSafetensors } from '@holdfast/safetensors';
import { decodeNumbers } from './decode-numbers.js';

/** Numbers of a golden file, whatever their type there, in float64. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const parsed = new Map<string, ReturnType<typeof parseSafetensors>>();

function openGolden(file: string): ReturnType<typeof parseSafetensors> {
  let golden = parsed.get(file);
  if (golden === undefined) {
    const path = fileURLToPath(new URL(`../golden/${file}.safetensors`, import.meta.url));
    golden = parseSafetensors(readFileSync(path));
    parsed.set(file, golden);
  }
  return golden;
}

/**
 * Reads one tensor of a golden file (libs/testing/golden; its README says what each tensor is).
 *
 * @throws RangeError if the file has no tensor of that name.
 */
export function loadGolden(name: string, file = 'gtsrb-speed80'): GoldenTensor {
  const tensor = openGolden(file).tensors.get(name);
  if (tensor === undefined) throw new RangeError(`${file} has no tensor '${name}'`);
  return { shape: tensor.shape, data: decodeNumbers(tensor.dtype, tensor.data) };
}

/** Names of all tensors of a golden file. */
export function listGolden(file = 'gtsrb-speed80'): string[] {
  return [...openGolden(file).tensors.keys()];
}
