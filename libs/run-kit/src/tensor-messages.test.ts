import { DataType, Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createMatrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { fromMatrix, toMatrix } from './tensor-messages.js';

const matrix = createMatrix(2, 3, Float32Array.of(1, 2, 3, 4, 5, Math.PI));

describe('tensor messages', () => {
  it('carry a matrix there and back without copying', () => {
    const message = fromMatrix(matrix);
    expect(message.shape).toEqual([2, 3]);
    const back = toMatrix(message, 'embeddings');
    expect(back).toEqual(matrix);
    expect(back.data.buffer).toBe(matrix.data.buffer);
  });

  it('carry a matrix through bytes, whatever their alignment', () => {
    const bytes = Tensor.encode(fromMatrix(matrix)).finish();
    for (const shift of [0, 1, 2, 3]) {
      const shifted = Buffer.alloc(bytes.length + shift);
      shifted.set(bytes, shift);
      expect(toMatrix(Tensor.decode(shifted.subarray(shift)), 'x')).toEqual(matrix);
    }
  });

  it('carry the rows of a larger matrix', () => {
    const row = createMatrix(1, 3, matrix.data.subarray(3));
    expect(toMatrix(fromMatrix(row), 'x').data).toEqual(Float32Array.of(4, 5, Math.PI));
  });

  it('round float64 to float32', () => {
    const data = Buffer.from(Float64Array.of(Math.PI, -1).buffer);
    const tensor = { dataType: DataType.DATA_TYPE_FLOAT64, shape: [1, 2], data };
    expect(toMatrix(tensor, 'x').data).toEqual(Float32Array.of(Math.PI, -1));
  });

  it('carry an empty matrix', () => {
    expect(toMatrix(fromMatrix(createMatrix(0, 4)), 'x')).toEqual(createMatrix(0, 4));
  });

  const valid = fromMatrix(matrix);
  it.each([
    [undefined, 'embeddings', 'is required'],
    [{ ...valid, dataType: DataType.DATA_TYPE_UNSPECIFIED }, 'embeddings.data_type', 'FLOAT32'],
    [{ ...valid, shape: [6] }, 'embeddings.shape', 'must be [rows, columns], is [6]'],
    [{ ...valid, shape: [2, 4] }, 'embeddings.data', 'needs 32 bytes for [2, 4], has 24'],
    [{ ...valid, shape: [2, 2] }, 'embeddings.data', 'needs 16 bytes for [2, 2], has 24'],
  ])('name the field that is wrong (%#)', (tensor, field, description) => {
    try {
      toMatrix(tensor, 'embeddings');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ kind: 'invalid', violations: [{ field }] });
      expect((error as Error).message).toContain(description);
    }
  });
});
