/** float32 little-endian bytes as numbers: a view where the bytes are aligned, else a copy. */
export function toFloat32Array(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes are not a whole number of float32`);
  }
  if (bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  // Not bytes.slice(): a Buffer's is a view.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The bytes of an array, as a view. */
export function toBytes(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
