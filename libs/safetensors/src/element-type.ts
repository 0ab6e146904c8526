/** Bytes of one element of each type that a safetensors file may hold. */
const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

/** The type of a tensor's elements, by its name in the file. */
export type ElementType = keyof typeof elementBytes;

/** Whether a name from a file is an element type. */
export function isElementType(name: unknown): name is ElementType {
  return typeof name === 'string' && Object.hasOwn(elementBytes, name);
}

/** Bytes of one element. */
export function bytesPerElement(type: ElementType): number {
  return elementBytes[type];
}

/** Elements of a tensor of this shape; 1 for a scalar. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
