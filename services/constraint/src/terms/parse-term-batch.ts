import type { Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type {
  ConstraintBatch,
  EvaluateRequest,
  ObjectiveBatch,
} from '@holdfast/proto/holdfast/term/v1/term';
import { toMatrix } from '@holdfast/run-kit';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';
import type { Matrix } from '@holdfast/tensor';
import type { TermBatch, TermKind } from '@holdfast/term-modules';

/**
 * Reads the batch of a request.
 *
 * @throws Fault `invalid` naming every bad field, `batch` if it is of another kind than the term.
 */
export function parseTermBatch({ step, batch }: EvaluateRequest, kind: TermKind): TermBatch {
  const violations = collectViolations('Evaluate');
  violations.require(batch?.$case === kind, 'batch', `must be ${kind}: the term is one`);
  violations.throwIfAny();
  const parsed =
    batch!.$case === 'objective'
      ? parseObjective(batch!.value, violations)
      : parseConstraint(batch!.value, violations);
  violations.throwIfAny();
  return { step, ...(parsed as Omit<TermBatch, 'step'>) };
}

type Parsed = Partial<Record<'images' | 'texts', Matrix | undefined>> &
  Pick<TermBatch, 'labels' | 'positives' | 'reference'>;

function parseObjective(batch: ObjectiveBatch, violations: ViolationCollector): Parsed {
  const images = read(batch.imageEmbeddings, 'objective.image_embeddings', violations);
  const texts = read(batch.textEmbeddings, 'objective.text_embeddings', violations);
  const { captions, positives } = batch;
  checkShape(texts, 'objective.text_embeddings', { columns: images?.columns }, violations);
  checkIndices(captions, 'objective.captions', { images, texts }, violations);
  checkCount(positives.length, 'objective.positives', images, violations);
  return { images, texts, labels: captions, positives };
}

function parseConstraint(batch: ConstraintBatch, violations: ViolationCollector): Parsed {
  const field = (name: string) => `constraint.${name}`;
  const images = read(batch.imageEmbeddings, field('image_embeddings'), violations);
  const texts = read(batch.classEmbeddings, field('class_embeddings'), violations);
  const [name, className] = ['reference_image_embeddings', 'reference_class_embeddings'].map(field);
  const reference = {
    images: read(batch.referenceImageEmbeddings, name!, violations),
    texts: read(batch.referenceClassEmbeddings, className!, violations),
  };
  const columns = images?.columns;
  checkShape(texts, field('class_embeddings'), { columns }, violations);
  checkShape(reference.images, name!, { rows: images?.rows, columns }, violations);
  checkShape(reference.texts, className!, { rows: texts?.rows, columns }, violations);
  checkIndices(batch.labels, field('labels'), { images, texts }, violations);
  return {
    images,
    texts,
    labels: batch.labels,
    reference: reference as TermBatch['reference'] & {},
  };
}

function read(
  tensor: Tensor | undefined,
  field: string,
  violations: ViolationCollector,
): Matrix | undefined {
  const matrix = violations.attempt(() => toMatrix(tensor, field));
  const isEmpty = matrix?.data.length === 0;
  violations.require(!isEmpty, field, 'needs at least one row and column');
  return matrix;
}

function checkShape(
  matrix: Matrix | undefined,
  field: string,
  expected: { readonly rows?: number | undefined; readonly columns?: number | undefined },
  violations: ViolationCollector,
): void {
  if (matrix === undefined) return;
  for (const side of ['rows', 'columns'] as const) {
    const size = expected[side] ?? matrix[side];
    const description = `must have ${size} ${side}, has ${matrix[side]}`;
    violations.require(matrix[side] === size, field, description);
  }
}

function checkIndices(
  indices: readonly number[],
  field: string,
  { images, texts }: Pick<Parsed, 'images' | 'texts'>,
  violations: ViolationCollector,
): void {
  checkCount(indices.length, field, images, violations);
  if (texts === undefined) return;
  const wrong = indices.findIndex((index) => index >= texts.rows);
  const description = `is ${indices[wrong]}, there are ${texts.rows} rows`;
  violations.require(wrong < 0, `${field}[${wrong}]`, description);
}

function checkCount(
  count: number,
  field: string,
  images: Matrix | undefined,
  violations: ViolationCollector,
): void {
  if (images === undefined) return;
  const description = `must be as many as the ${images.rows} images, are ${count}`;
  violations.require(count === images.rows, field, description);
}
