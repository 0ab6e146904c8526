import { availableParallelism } from 'node:os';
import { InferenceSession, type Tensor } from '../native/onnxruntime.js';

/** An ONNX file and what it must compute. */
export interface OnnxCheck {
  readonly path: string;
  readonly output: string;
  /** Inputs of the file for the first rows of what was drawn. */
  readonly feed: (rows: number) => Readonly<Record<string, Tensor>>;
  /** What the model itself computes for all rows, row after row. */
  readonly expected: Float32Array;
  /** What the file's results are divided by; absent: each row by its length. */
  readonly scale?: number | undefined;
}

/** Batches that a file is checked with; the last has all rows. */
export const checkedRows = [1, 3] as const;

/**
 * Runs a file in onnxruntime, on the processor.
 *
 * @returns the largest difference to what the model computes; NaN if a result is not finite.
 */
export async function checkOnnxFile(check: OnnxCheck): Promise<number> {
  const session = await InferenceSession.create(check.path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: availableParallelism(),
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  let largest = 0;
  try {
    for (const rows of checkedRows) {
      const result = (await session.run(check.feed(rows), [check.output]))[check.output]!;
      const values = result.data as Float32Array;
      const size = check.expected.length / checkedRows.at(-1)!;
      if (values.length !== rows * size) return Number.NaN;
      for (let row = 0; row < rows; row += 1) {
        const range = [row * size, (row + 1) * size] as const;
        const actual = values.subarray(...range);
        const length = check.scale ?? Math.hypot(...actual);
        const expected = check.expected.subarray(...range);
        for (let i = 0; i < size; i += 1) {
          const difference = Math.abs(actual[i]! / length - expected[i]!);
          largest = Math.max(largest, difference);
        }
      }
    }
  } finally {
    await session.release();
  }
  return largest;
}
