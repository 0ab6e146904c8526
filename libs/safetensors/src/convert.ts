import { bytesPerElement, type ElementType } from './element-type.js';
import { fromHalfBits, toBrainBits, toHalfBits } from './half-precision.js';

/** The elements of a tensor and their type. */
export interface TensorData {
  readonly dtype: ElementType;
  /** Little-endian, row-major. */
  readonly data: Uint8Array;
}

type ReadElement = (view: DataView, offset: number) => number;

const readers: Partial<Record<ElementType, ReadElement>> = {
  BOOL: (view, offset) => view.getUint8(offset),
  U8: (view, offset) => view.getUint8(offset),
  I8: (view, offset) => view.getInt8(offset),
  I16: (view, offset) => view.getInt16(offset, true),
  U16: (view, offset) => view.getUint16(offset, true),
  I32: (view, offset) => view.getInt32(offset, true),
  U32: (view, offset) => view.getUint32(offset, true),
  I64: (view, offset) => Number(view.getBigInt64(offset, true)),
  U64: (view, offset) => Number(view.getBigUint64(offset, true)),
  F32: (view, offset) => view.getFloat32(offset, true),
  F64: (view, offset) => view.getFloat64(offset, true),
};

/** The element types that {@link toFloat32} reads: all but the 8-bit floats. */
export function isReadableAsFloat32(dtype: ElementType): boolean {
  return dtype === 'BF16' || dtype === 'F16' || readers[dtype] !== undefined;
}

/**
 * A tensor's elements as float32, in memory of their own or in `target`.
 *
 * float64 and 64-bit integers are rounded to the nearest float32.
 * @throws RangeError if `target` has another length, or the type is one of the 8-bit floats.
 */
export function toFloat32(
  { dtype, data }: TensorData,
  target: Float32Array = new Float32Array(data.byteLength / bytesPerElement(dtype)),
): Float32Array {
  const size = bytesPerElement(dtype);
  if (target.length * size !== data.byteLength) {
    throw new RangeError(`${data.byteLength} bytes of ${dtype} are not ${target.length} elements`);
  }
  if (dtype === 'F32') {
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(data);
    return target;
  }
  if (dtype === 'BF16' || dtype === 'F16') {
    const halves = viewHalves(data);
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    if (dtype === 'BF16') {
      // bfloat16 is the upper half of a float32.
      for (let i = 0; i < bits.length; i += 1) bits[i] = halves[i]! << 16;
    } else {
      halfTable ??= createHalfTable();
      for (let i = 0; i < bits.length; i += 1) bits[i] = halfTable[halves[i]!]!;
    }
    return target;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = readers[dtype];
  if (read === undefined) throw new RangeError(`${dtype} cannot be read as float32`);
  for (let i = 0; i < target.length; i += 1) target[i] = read(view, i * size);
  return target;
}

/** Two bytes an element; a copy where they do not lie at an even address. */
function viewHalves(data: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } =
    data.byteOffset % 2 === 0 ? data : new Uint8Array(data);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** The bits of every half as a float32: looking up is many times faster than computing. */
let halfTable: Uint32Array | undefined;

function createHalfTable(): Uint32Array {
  const table = Float32Array.from({ length: 65_536 }, (_, bits) => fromHalfBits(bits));
  return new Uint32Array(table.buffer);
}

/**
 * float32 numbers as the bytes of a floating-point type, rounded to nearest, ties to even.
 *
 * @throws RangeError if the type is not F64, F32, F16 or BF16.
 */
export function fromFloat32(dtype: ElementType, data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * bytesPerElement(dtype));
  const view = new DataView(bytes.buffer);
  if (dtype === 'F32') {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } else if (dtype === 'F16') {
    for (let i = 0; i < data.length; i += 1) view.setUint16(2 * i, toHalfBits(data[i]!), true);
  } else if (dtype === 'BF16') {
    const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
    const halves = new Uint16Array(bytes.buffer);
    for (let i = 0; i < bits.length; i += 1) halves[i] = toBrainBits(bits[i]!);
  } else if (dtype === 'F64') {
    for (let i = 0; i < data.length; i += 1) view.setFloat64(8 * i, data[i]!, true);
  } else {
    throw new RangeError(`float32 numbers cannot be stored as ${dtype}`);
  }
  return bytes;
}
