import {
  createMatrix,
  type Matrix,
  multiply,
  selectRows,
  transposeMatrix,
  type WideMatrix,
} from '@holdfast/tensor';
import { type ClassGroup, groupByClasses, rowsOfGroup } from './class-groups.js';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintBatch } from './task-batch.js';

/** What a batch's gradient is made of. */
export interface CosineSlopes {
  /** [tasks of the batch][examples][classes of the task]: d L_k / d cosine. */
  readonly slopes: readonly (readonly Float64Array[])[];
  /** [tasks of the batch]: what each task's gradient counts. */
  readonly shares: readonly number[];
}

/** Gradients with respect to a batch's embeddings. */
export interface EmbeddingGradients {
  /** [rows, d]; [0, d] where the batch omits them. */
  readonly imageGradients: Matrix;
  /** [classes, d]. */
  readonly classGradients: Matrix;
}

/**
 * sum_k share_k dL_k carried from cosines to both embeddings: C T and C^T I, with C the slopes times
 * their shares. Summed in float64, over classes and over examples in ascending order.
 */
export function differentiateCosines(
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
  { slopes, shares }: CosineSlopes,
): EmbeddingGradients {
  const { imageEmbeddings: images, classEmbeddings: classes } = batch;
  const imageRowCount = batch.omitImageGradients ? 0 : images.rows;
  const imageSums = new Float64Array(imageRowCount * images.columns);
  const classSums = new Float64Array(classes.data.length);
  for (const whole of groupByClasses(tasks, batch)) {
    const group = { ...whole, positions: whole.positions.filter((i) => shares[i] !== 0) };
    const coefficients = joinSlopes(group, { slopes, shares });
    if (coefficients.rows === 0) continue;
    const rows = rowsOfGroup(batch, group);
    const classRows = selectRows(classes, group.classes);
    const imageRows = selectRows(images, rows);
    if (imageRowCount > 0) addRows(imageSums, rows, multiply(coefficients, classRows));
    addRows(classSums, group.classes, multiply(transposeMatrix(coefficients), imageRows));
  }
  return {
    imageGradients: createMatrix(imageRowCount, images.columns, new Float32Array(imageSums)),
    classGradients: createMatrix(classes.rows, classes.columns, new Float32Array(classSums)),
  };
}

/** [examples of the group, classes]: share slope. */
function joinSlopes(
  { classes, positions }: ClassGroup,
  { slopes, shares }: CosineSlopes,
): WideMatrix {
  const columns = classes.length;
  const rows = positions.reduce((sum, position) => sum + slopes[position]!.length, 0);
  const data = new Float64Array(rows * columns);
  let at = 0;
  for (const position of positions) {
    for (const example of slopes[position]!) {
      for (let c = 0; c < columns; c += 1) data[at + c] = shares[position]! * example[c]!;
      at += columns;
    }
  }
  return { rows, columns, data };
}

function addRows(sums: Float64Array, rows: ArrayLike<number>, { columns, data }: WideMatrix): void {
  for (let i = 0; i < rows.length; i += 1) {
    const to = rows[i]! * columns;
    const from = i * columns;
    for (let j = 0; j < columns; j += 1) sums[to + j]! += data[from + j]!;
  }
}
