import { Fault } from '@holdfast/fault';
import type { ModelInferRequest } from '@holdfast/proto/inference/inference';
import { toFloat32 } from '@holdfast/safetensors';
import { toFloat32Array } from '@holdfast/tensor';

/** An input tensor of a request: its elements are in a field of their type or, raw, little-endian bytes. */
export interface InputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly contents: ModelInferRequest['inputs'][number]['contents'];
  readonly raw: Uint8Array | undefined;
}

/** The tensors of a request by name. @throws Fault `invalid` if a name comes twice, or raw contents are too few. */
export function readTensors(request: ModelInferRequest): ReadonlyMap<string, InputTensor> {
  const { inputs, rawInputContents: raw } = request;
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw refuse('raw_input_contents', `has ${raw.length} for ${inputs.length} inputs`);
  }
  const tensors = new Map<string, InputTensor>();
  for (const [i, { name, datatype, shape, contents }] of inputs.entries()) {
    if (tensors.has(name)) throw refuse(`inputs[${i}].name`, `'${name}' is there twice`);
    const extents = shape.map(Number);
    if (!extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
      throw refuse(name, `has the shape [${shape.join(', ')}]`);
    }
    tensors.set(name, { name, datatype, shape: extents, contents, raw: raw[i] });
  }
  return tensors;
}

/** The elements of a tensor of FP32, or of FP16 in raw contents. @throws Fault `invalid` */
export function readFloats(tensor: InputTensor): Float32Array {
  const { datatype, raw, contents } = tensor;
  if (datatype === 'FP32') {
    if (raw === undefined) {
      return Float32Array.from(requireCount(tensor, contents?.fp32Contents ?? []));
    }
    return toFloat32Array(requireBytes(tensor, raw, 4));
  }
  if (datatype !== 'FP16') throw refuseType(tensor, 'FP32 or FP16');
  if (raw === undefined) throw refuse(tensor.name, 'of FP16 must be in raw_input_contents');
  return toFloat32({ dtype: 'F16', data: requireBytes(tensor, raw, 2) });
}

/** The elements of a tensor of INT32 or INT64. @throws Fault `invalid` */
export function readIntegers(tensor: InputTensor): readonly number[] {
  const { datatype, raw, contents } = tensor;
  if (datatype !== 'INT32' && datatype !== 'INT64') throw refuseType(tensor, 'INT64 or INT32');
  const isLong = datatype === 'INT64';
  if (raw === undefined) {
    const values = (isLong ? contents?.int64Contents : contents?.intContents) ?? [];
    return requireCount(tensor, Array.from(values, Number));
  }
  const size = isLong ? 8 : 4;
  const { buffer, byteOffset, byteLength } = requireBytes(tensor, raw, size);
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: byteLength / size }, (_, i) =>
    isLong ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  );
}

/** The elements of a tensor of BYTES: of raw contents each with its length before it. @throws Fault `invalid` */
export function readBytes(tensor: InputTensor): readonly Buffer[] {
  const { datatype, raw, contents, name } = tensor;
  if (datatype !== 'BYTES') throw refuseType(tensor, 'BYTES');
  if (raw === undefined) return requireCount(tensor, contents?.bytesContents ?? []);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements: Buffer[] = [];
  let at = 0;
  while (at < raw.byteLength) {
    const start = at + 4;
    const end = start <= raw.byteLength ? start + view.getUint32(at, true) : Number.NaN;
    if (!(end <= raw.byteLength)) throw refuse(name, 'ends within an element');
    elements.push(Buffer.from(raw.buffer, raw.byteOffset + start, end - start));
    at = end;
  }
  return requireCount(tensor, elements);
}

/** A refusal of a tensor. */
export function refuse(field: string, description: string): Fault {
  return new Fault('invalid', `ModelInfer is invalid: ${field} ${description}`, {
    violations: [{ field, description }],
  });
}

function refuseType({ name, datatype }: InputTensor, wanted: string): Fault {
  return refuse(name, `has the type '${datatype}', not ${wanted}`);
}

function countElements({ shape }: InputTensor): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function requireCount<Elements extends { readonly length: number }>(
  tensor: InputTensor,
  elements: Elements,
): Elements {
  const count = countElements(tensor);
  if (elements.length === count) return elements;
  const reason = `has ${elements.length} elements, its shape [${tensor.shape.join(', ')}] ${count}`;
  throw refuse(tensor.name, reason);
}

function requireBytes(tensor: InputTensor, raw: Uint8Array, size: number): Uint8Array {
  const bytes = countElements(tensor) * size;
  if (raw.byteLength === bytes) return raw;
  const shape = `[${tensor.shape.join(', ')}]`;
  throw refuse(tensor.name, `has ${raw.byteLength} bytes, its shape ${shape} ${bytes}`);
}
