import { Fault } from '@holdfast/fault';
import {
  applyNormalizers,
  createNormalizerState,
  listNormalizers,
  type MutableNormalizerState,
  type NormalizerState,
} from '@holdfast/objectives';
import { parseSafetensors, serializeSafetensors } from '@holdfast/safetensors';

type Elements = Uint32Array | Float64Array;

/** The normalizers as a safetensors file: samples, and the logarithms of both directions. */
export function formatNormalizers(state: NormalizerState): Uint8Array {
  const { samples, imageLogNormalizers, textLogNormalizers } = listNormalizers(state);
  const describe = (
    dtype: 'U32' | 'F64',
    { buffer, byteOffset, byteLength, length }: Elements,
  ) => ({
    dtype,
    shape: [length],
    data: new Uint8Array(buffer, byteOffset, byteLength),
  });
  return serializeSafetensors(
    new Map([
      ['image_log_normalizers', describe('F64', imageLogNormalizers)],
      ['text_log_normalizers', describe('F64', textLogNormalizers)],
      ['samples', describe('U32', samples)],
    ]),
  );
}

/** @throws Fault `invalid` if the file does not hold what {@link formatNormalizers} writes. */
export function parseNormalizers(bytes: Uint8Array, path: string): MutableNormalizerState {
  const { tensors } = parseFile(bytes, path);
  const read = (name: string, dtype: string) => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== dtype || tensor.shape.length !== 1) {
      throw new Fault('invalid', `${path} does not hold ${name} as ${dtype}`);
    }
    // A copy: a view of the file's bytes need not be aligned.
    return new Uint8Array(tensor.data).buffer;
  };
  const samples = new Uint32Array(read('samples', 'U32'));
  const imageLogNormalizers = new Float64Array(read('image_log_normalizers', 'F64'));
  const textLogNormalizers = new Float64Array(read('text_log_normalizers', 'F64'));
  const lengths = new Set([samples, imageLogNormalizers, textLogNormalizers].map((a) => a.length));
  if (lengths.size !== 1) throw new Fault('invalid', `${path}: lengths of its tensors differ`);
  const state = createNormalizerState();
  applyNormalizers(state, { samples, imageLogNormalizers, textLogNormalizers });
  return state;
}

function parseFile(bytes: Uint8Array, path: string) {
  try {
    return parseSafetensors(bytes, path);
  } catch (cause) {
    throw new Fault('invalid', (cause as Error).message, { cause });
  }
}
