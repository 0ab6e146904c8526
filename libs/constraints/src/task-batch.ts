import type { Matrix } from '@holdfast/tensor';

/** The examples of one task inside a batch of embeddings; the three lists are as long as each other. */
export interface TaskBatch {
  /** Index of the task. */
  readonly task: number;
  /** Rows of the image embeddings. */
  readonly rows: ArrayLike<number>;
  /** Labels: indices into the task's `classes`. */
  readonly labels: ArrayLike<number>;
  /** Sample indices, the keys of the reference records. */
  readonly samples: ArrayLike<number>;
  /** hhat_k of a task without classes, which was found elsewhere: the batch has no examples of it. */
  readonly value?: number | undefined;
}

/** Examples of several tasks and their embeddings. */
export interface ConstraintBatch {
  /** The sampled tasks S; none comes twice. */
  readonly tasks: readonly TaskBatch[];
  /** [rows, d], L2-normalised. */
  readonly imageEmbeddings: Matrix;
  /** [classes, d], L2-normalised. */
  readonly classEmbeddings: Matrix;
  /** Nobody reads the gradients with respect to the images: they have no rows. */
  readonly omitImageGradients?: boolean;
  /** Somebody reads what each task gives to the gradients with respect to the classes. */
  readonly apart?: boolean;
}
