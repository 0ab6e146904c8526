const decoders: Readonly<
  Record<string, readonly [number, (view: DataView, at: number) => number]>
> = {
  F64: [8, (view, at) => view.getFloat64(at, true)],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  I32: [4, (view, at) => view.getInt32(at, true)],
  U8: [1, (view, at) => view.getUint8(at)],
  BOOL: [1, (view, at) => view.getUint8(at)],
};

/**
 * Little-endian elements of a safetensors type as float64.
 *
 * @throws RangeError for a type that golden files do not use.
 */
export function decodeNumbers(dtype: string, bytes: Uint8Array): Float64Array {
  const decoder = decoders[dtype];
  if (decoder === undefined) throw new RangeError(`golden files have no elements of type ${dtype}`);
  const [size, decode] = decoder;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / size }, (_, i) => decode(view, i * size));
}
