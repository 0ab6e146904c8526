import { Fault } from '@holdfast/fault';
import { DataType, type Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createMatrix, type Matrix, toBytes, toFloat32Array } from '@holdfast/tensor';

const elementBytes: ReadonlyMap<DataType, number> = new Map([
  [DataType.DATA_TYPE_FLOAT32, 4],
  [DataType.DATA_TYPE_FLOAT64, 8],
]);

/**
 * The matrix [rows, columns] of a message. A view of the message's bytes where they are aligned
 * float32, else a copy.
 *
 * @throws Fault `invalid` naming `field` if it is absent, not a matrix, or of the wrong length.
 */
export function toMatrix(tensor: Tensor | undefined, field: string): Matrix {
  if (tensor === undefined) throw refuse(field, 'is required');
  const size = elementBytes.get(tensor.dataType);
  if (size === undefined) throw refuse(`${field}.data_type`, 'must be FLOAT32 or FLOAT64');
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.shape.length !== 2) {
    throw refuse(`${field}.shape`, `must be [rows, columns], is [${tensor.shape.join(', ')}]`);
  }
  const expected = rows * columns * size;
  if (tensor.data.byteLength !== expected) {
    const need = `needs ${expected} bytes for [${rows}, ${columns}]`;
    throw refuse(`${field}.data`, `${need}, has ${tensor.data.byteLength}`);
  }
  return createMatrix(rows, columns, readElements(tensor.data, size));
}

/** The message of a matrix. Its bytes are the matrix's own: do not write to the matrix afterwards. */
export function fromMatrix(matrix: Matrix): Tensor {
  const { buffer, byteOffset, byteLength } = toBytes(matrix.data);
  return {
    dataType: DataType.DATA_TYPE_FLOAT32,
    shape: [matrix.rows, matrix.columns],
    data: Buffer.from(buffer, byteOffset, byteLength),
  };
}

function readElements(data: Uint8Array, size: number): Float32Array {
  if (size === 4) return toFloat32Array(data);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from({ length: data.byteLength / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

function refuse(field: string, description: string): Fault {
  return new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
