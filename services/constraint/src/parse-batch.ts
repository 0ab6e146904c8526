import type { ConstrainedTask, ConstraintBatch, TaskBatch } from '@holdfast/constraints';
import type { Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import type { ViolationCollector } from '@holdfast/service-kit';
import type { Matrix } from '@holdfast/tensor';

/** Embeddings of a request, and the names of their fields. */
export interface EmbeddingFields {
  readonly images: Tensor | undefined;
  readonly imageField: string;
  readonly classes: Tensor | undefined;
  readonly classField: string;
}

/**
 * Reads examples and their embeddings; what is wrong with them goes to `violations`, the first wrong
 * element of each list by its index.
 */
export function parseBatch(
  batches: readonly TaskBatch[],
  fields: EmbeddingFields,
  tasks: readonly ConstrainedTask[],
  violations: ViolationCollector,
): ConstraintBatch | undefined {
  const imageEmbeddings = violations.attempt(() => toMatrix(fields.images, fields.imageField));
  const classEmbeddings = violations.attempt(() => toMatrix(fields.classes, fields.classField));
  violations.require(batches.length > 0, 'tasks', 'needs at least one task');
  const isPlausible = batches.length <= tasks.length;
  const excess = `has ${batches.length} tasks, the run has ${tasks.length}`;
  if (!violations.require(isPlausible, 'tasks', excess)) return undefined;
  const sampled = new Set<number>();
  batches.forEach((batch, i) => {
    checkTaskBatch(batch, `tasks[${i}]`, tasks, violations);
    const isNew = sampled.size !== sampled.add(batch.task).size;
    violations.require(isNew, `tasks[${i}].task`, `has task ${batch.task} a second time`);
  });
  if (imageEmbeddings === undefined || classEmbeddings === undefined) return undefined;
  const batch = { tasks: batches, imageEmbeddings, classEmbeddings };
  checkEmbeddings(batch, fields, tasks, violations);
  return batch;
}

function checkTaskBatch(
  { task, rows, labels, samples, value }: TaskBatch,
  field: string,
  tasks: readonly ConstrainedTask[],
  violations: ViolationCollector,
): void {
  const hasExamples = tasks[task]?.classes.length !== 0;
  if (hasExamples) {
    violations.require(rows.length > 0, `${field}.rows`, 'needs at least one row');
    violations.require(value === undefined, `${field}.value`, 'is for tasks without classes');
  } else {
    violations.require(
      rows.length === 0,
      `${field}.rows`,
      'must be empty for a task without classes',
    );
    violations.require(
      Number.isFinite(value),
      `${field}.value`,
      `must be finite for a task without classes, is ${value ?? 'absent'}`,
    );
  }
  for (const [name, list] of Object.entries({ labels, samples })) {
    const description = `must be as many as the ${rows.length} rows, are ${list.length}`;
    violations.require(list.length === rows.length, `${field}.${name}`, description);
  }
  const known = tasks[task];
  if (known === undefined) {
    violations.add(`${field}.task`, `is ${task}, the run has ${tasks.length} tasks`);
    return;
  }
  const count = known.classes.length;
  checkIndices(labels, count, `${field}.labels`, `the classes of '${known.name}'`, violations);
}

/** What depends on both the examples and the embeddings. */
function checkEmbeddings(
  { tasks: batches, imageEmbeddings: images, classEmbeddings: classes }: ConstraintBatch,
  { classField, imageField }: EmbeddingFields,
  tasks: readonly ConstrainedTask[],
  violations: ViolationCollector,
): void {
  checkColumns(images, classes, { classField, imageField }, violations);
  batches.forEach(({ task, rows }, i) => {
    const field = `tasks[${i}]`;
    checkIndices(rows, images.rows, `${field}.rows`, `the rows of ${imageField}`, violations);
    const known = tasks[task];
    if (known === undefined) return;
    const missing = Array.from(known.classes).find((row) => row >= classes.rows);
    violations.require(
      missing === undefined,
      classField,
      `has ${classes.rows} rows, task '${known.name}' has class ${missing}`,
    );
  });
}

function checkColumns(
  images: Matrix,
  classes: Matrix,
  { classField, imageField }: Pick<EmbeddingFields, 'classField' | 'imageField'>,
  violations: ViolationCollector,
): void {
  violations.require(images.columns > 0, imageField, 'needs at least one column');
  violations.require(
    classes.columns === images.columns,
    classField,
    `has ${classes.columns} columns, ${imageField} has ${images.columns}`,
  );
}

function checkIndices(
  indices: ArrayLike<number>,
  limit: number,
  field: string,
  what: string,
  violations: ViolationCollector,
): void {
  for (let i = 0; i < indices.length; i += 1) {
    if (indices[i]! < limit) continue;
    violations.add(`${field}[${i}]`, `is ${indices[i]}, ${what} are ${limit}`);
    return;
  }
}
