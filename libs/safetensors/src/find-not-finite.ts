import type { TensorData } from './convert.js';
import { bytesPerElement } from './element-type.js';

/**
 * Position of the first element that is not a finite float32: NaN, an infinity, or a float64 beyond the
 * range of float32. -1 if there is none; integers always are.
 */
export function findNotFinite({ dtype, data }: TensorData): number {
  const count = data.byteLength / bytesPerElement(dtype);
  switch (dtype) {
    case 'F32':
      return findInWords(viewAs(Int32Array, data, count), 0x7f800000);
    case 'F16':
      return findInHalves(viewAs(Int16Array, data, count), 0x7c00);
    case 'BF16':
      return findInHalves(viewAs(Int16Array, data, count), 0x7f80);
    case 'F64':
      return viewAs(Float64Array, data, count).findIndex((x) => !Number.isFinite(Math.fround(x)));
    default:
      return -1;
  }
}

/**
 * NaN and the infinities have every bit of the exponent set, and no other number has. Comparing bits of
 * one array type in a loop is several times faster than asking `Number.isFinite`.
 */
function findInWords(elements: Int32Array, exponent: number): number {
  for (let i = 0; i < elements.length; i += 1) {
    if ((elements[i]! & exponent) === exponent) return i;
  }
  return -1;
}

function findInHalves(elements: Int16Array, exponent: number): number {
  for (let i = 0; i < elements.length; i += 1) {
    if ((elements[i]! & exponent) === exponent) return i;
  }
  return -1;
}

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** The bytes as elements; a copy where they do not lie at an address that such elements can have. */
function viewAs<T>(type: ArrayType<T>, data: Uint8Array, count: number): T {
  const { buffer, byteOffset } =
    data.byteOffset % type.BYTES_PER_ELEMENT === 0 ? data : new Uint8Array(data);
  return new type(buffer, byteOffset, count);
}
