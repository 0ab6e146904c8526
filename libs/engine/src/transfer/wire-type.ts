import { Fault } from '@holdfast/fault';
import { DataType } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromFloat32, toFloat32 } from '@holdfast/safetensors';

/** An element type of arrays on their way. */
export interface WireType {
  readonly dataType: DataType;
  /** As safetensors names it. */
  readonly dtype: 'F32' | 'BF16';
  /** Bytes an element. */
  readonly size: number;
}

const wireTypes: readonly WireType[] = [
  { dataType: DataType.DATA_TYPE_FLOAT32, dtype: 'F32', size: 4 },
  { dataType: DataType.DATA_TYPE_BFLOAT16, dtype: 'BF16', size: 2 },
];

/** Bytes of the largest piece. */
export const chunkBytesMax = 2 ** 20;

/** @throws Fault `invalid` that names `field` for a type in which arrays do not travel. */
export function parseWireType(dataType: DataType, field: string): WireType {
  const type = wireTypes.find((known) => known.dataType === dataType);
  if (type !== undefined) return type;
  const description = 'must be FLOAT32 or BFLOAT16';
  throw new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}

/** Elements as bytes: float32 the same memory, bfloat16 rounded to the nearest, ties to even. */
export function encodeElements({ dtype }: WireType, elements: Float32Array): Buffer {
  const { buffer, byteOffset, byteLength } =
    dtype === 'F32' ? elements : fromFloat32(dtype, elements);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Bytes as elements, in `into`, which is returned. */
export function decodeElements(
  { dtype }: WireType,
  data: Uint8Array,
  into: Float32Array,
): Float32Array {
  return toFloat32({ dtype, data }, into);
}
