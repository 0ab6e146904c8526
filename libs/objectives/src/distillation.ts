import { Fault } from '@holdfast/fault';
import {
  createMatrix,
  type Matrix,
  multiply,
  multiplyByTransposed,
  transposeMatrix,
  type WideMatrix,
} from '@holdfast/tensor';

/** Examples, and the classes that they are told apart among, embedded by a model. */
export interface EmbeddedExamples {
  /** [n, d], L2-normalised. */
  readonly images: Matrix;
  /** [c, d], L2-normalised. */
  readonly classes: Matrix;
}

/** What the model is held to on a step's examples. */
export interface DistillationBatch extends EmbeddedExamples {
  /** The same by the old model. */
  readonly reference: EmbeddedExamples;
  /** Class of each example, of which those count that the old model gets right; absent: all count. */
  readonly labels?: readonly number[] | undefined;
}

/** How answers are compared. */
export interface DistillationSettings {
  /** tau T: what cosines are divided by. Softer answers say more of the classes that are not meant. */
  readonly temperature: number;
}

/** A sum over examples and its gradient. */
export interface DistillationEstimate {
  readonly value: number;
  /** [n, d]. */
  readonly imageGradients: Matrix;
  /** [c, d]. */
  readonly classGradients: Matrix;
}

/**
 * How far the model's answers are from the old model's, summed over the examples:
 *
 *   D = sum_i a_i KL(q_i | p_i),   p_i = softmax_c( e_i . t_c / (tau T) ),   q_i the same of the old model
 *
 * a_i = 1 (learning without forgetting, Li and Hoiem 2016, arXiv 1606.09282), or 1 where the old model gets example i
 * right and 0 where not (focal distillation of positive-congruent training, Yan et al. 2021, arXiv 2011.09161, with
 * alpha 0 and beta 1). With G = a (p - q) / (tau T), [n, c], the gradients are G t and G^T e.
 *
 * Units: nats. Sums are in float64, over classes and over examples in ascending order.
 * @throws RangeError if shapes do not fit together or the temperature is not above 0.
 * @throws Fault 'diverged' if an embedding is not finite.
 */
export function distillation(
  batch: DistillationBatch,
  settings: DistillationSettings,
): DistillationEstimate {
  const { images, classes, reference, labels } = batch;
  requireShapes(batch, settings);
  const own = multiplyByTransposed(images, classes);
  const old = multiplyByTransposed(reference.images, reference.classes);
  const slopes: WideMatrix = { ...own, data: new Float64Array(own.data.length) };
  let value = 0;
  for (let i = 0; i < own.rows; i += 1) {
    const q = logSoftmax(old, i, settings.temperature);
    if (labels !== undefined && findLargest(q) !== labels[i]) continue;
    const p = logSoftmax(own, i, settings.temperature);
    for (let c = 0; c < p.length; c += 1) {
      const [known, now] = [Math.exp(q[c]!), Math.exp(p[c]!)];
      if (known > 0) value += known * (q[c]! - p[c]!);
      slopes.data[i * own.columns + c] = (now - known) / settings.temperature;
    }
  }
  if (!Number.isFinite(value)) {
    throw new Fault('diverged', 'an embedding is not finite: the weights diverged');
  }
  return {
    value,
    imageGradients: narrow(multiply(slopes, classes)),
    classGradients: narrow(multiply(transposeMatrix(slopes), images)),
  };
}

function requireShapes(
  { images, classes, reference, labels }: DistillationBatch,
  { temperature }: DistillationSettings,
): void {
  if (!(temperature > 0)) throw new RangeError(`the temperature ${temperature} is not above 0`);
  const fits =
    (labels ?? { length: images.rows }).length === images.rows &&
    reference.images.rows === images.rows &&
    reference.classes.rows === classes.rows &&
    images.columns === classes.columns &&
    reference.images.columns === reference.classes.columns;
  if (!fits) throw new RangeError('images, classes, labels and reference do not fit together');
}

/** log softmax(cosines / temperature) of one example, [classes]. */
function logSoftmax({ columns, data }: WideMatrix, row: number, temperature: number): Float64Array {
  const logits = data.slice(row * columns, (row + 1) * columns).map((x) => x / temperature);
  const largest = logits.reduce((most, x) => Math.max(most, x), -Infinity);
  const sum = logits.reduce((total, x) => total + Math.exp(x - largest), 0);
  return logits.map((x) => x - largest - Math.log(sum));
}

/** The first of the largest, which a classifier answers. */
function findLargest(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

function narrow({ rows, columns, data }: WideMatrix): Matrix {
  return createMatrix(rows, columns, new Float32Array(data));
}
