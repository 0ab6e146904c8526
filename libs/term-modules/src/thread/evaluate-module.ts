import { Fault } from '@holdfast/fault';
import type { Matrix } from '@holdfast/tensor';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Evaluation, TermBatch, TermKind } from '../term.js';
import type { ConstraintBatch, ObjectiveBatch, TermOptions, Tf } from '../term-module.js';
import type { LoadedModule } from './import-module.js';

/** A module with what it is called with beside the batch. */
export interface CallableTerm {
  readonly module: LoadedModule;
  readonly name: string;
  readonly kind: TermKind;
  readonly options: TermOptions;
  readonly temperature: number;
}

/**
 * A term's value, and its gradient with respect to both matrices of embeddings. No tensor outlives the call.
 *
 * @throws Fault `invalid` if the module answers no scalar, one that depends on neither matrix, or keeps tensors;
 *   `diverged` if a number is not finite. Whatever the module and TensorFlow.js throw.
 */
export function evaluateModule(tf: Tf, term: CallableTerm, batch: TermBatch): Evaluation {
  const before = tf.memory().numTensors;
  const start = performance.now();
  const evaluation = tf.tidy(() => {
    const inputs = [toTensor(tf, batch.images), toTensor(tf, batch.texts)] as const;
    const { value, grads } = tf
      .engine()
      .gradients(
        () => estimate(tf, term, batch, inputs),
        [...inputs],
        undefined as unknown as Tensor,
        true,
      );
    const [images, texts] = grads as (Tensor | undefined)[];
    return {
      value: value.dataSync()[0]!,
      imageGradients: readGradient(images, batch.images),
      textGradients: readGradient(texts, batch.texts),
      differentiable: { images: images !== undefined, texts: texts !== undefined },
    } as never;
  }) as unknown as Omit<Evaluation, 'durationMs'>;
  const durationMs = performance.now() - start;
  checkKept(term, tf.memory().numTensors - before);
  checkNumbers(term, evaluation);
  return { ...evaluation, durationMs };
}

function estimate(
  tf: Tf,
  { module, name, kind, options, temperature }: CallableTerm,
  batch: TermBatch,
  [images, texts]: readonly [Tensor2D, Tensor2D],
): Scalar {
  const { step, reference, positives = [] } = batch;
  const labels = tf.tensor1d(Int32Array.from(batch.labels), 'int32');
  const call = module.estimate as (tf: Tf, batch: object, options: TermOptions) => unknown;
  const common = { images, temperature, step };
  const result = call.call(
    module,
    tf,
    kind === 'objective'
      ? ({
          ...common,
          texts,
          captions: labels,
          positives: tf.tensor1d(Float32Array.from(positives, Number), 'float32'),
        } satisfies ObjectiveBatch)
      : ({
          ...common,
          classes: texts,
          labels,
          reference: {
            images: toTensor(tf, reference!.images),
            classes: toTensor(tf, reference!.texts),
          },
        } satisfies ConstraintBatch),
    structuredClone(options),
  );
  if (result instanceof tf.Tensor && result.rank === 0) return result as Scalar;
  throw new Fault('invalid', `${name}: estimate returned ${describe(tf, result)}, not a scalar`);
}

function describe(tf: Tf, result: unknown): string {
  if (result instanceof Promise) return 'a promise';
  return result instanceof tf.Tensor ? `a tensor [${result.shape}]` : typeof result;
}

function toTensor(tf: Tf, { data, rows, columns }: Matrix): Tensor2D {
  return tf.tensor2d(data, [rows, columns], 'float32');
}

/** A copy of its own, which may be given away; zeros where the value does not depend on the matrix. */
function readGradient(gradient: Tensor | undefined, { rows, columns }: Matrix): Float32Array {
  if (gradient === undefined) return new Float32Array(rows * columns);
  return Float32Array.from(gradient.dataSync());
}

function checkKept({ name }: CallableTerm, count: number): void {
  if (count <= 0) return;
  throw new Fault(
    'invalid',
    `${name} keeps ${count} tensors after its call (tf.keep, tf.variable): a term has no state`,
  );
}

function checkNumbers(
  { name }: CallableTerm,
  { value, imageGradients, textGradients, differentiable }: Omit<Evaluation, 'durationMs'>,
): void {
  if (!differentiable.images && !differentiable.texts) {
    throw new Fault(
      'invalid',
      `${name}: no gradient: the value depends on no embedding by operations of TensorFlow.js; ` +
        'dataSync and arraySync break the way back',
    );
  }
  if (!Number.isFinite(value)) throw new Fault('diverged', `${name}: the value is ${value}`);
  for (const [what, gradient] of Object.entries({ imageGradients, textGradients })) {
    const wrong = gradient.findIndex((x) => !Number.isFinite(x));
    if (wrong < 0) continue;
    const place = `element ${wrong} of the ${what.replace('G', ' g')}`;
    throw new Fault(
      'diverged',
      `${name}: the value is ${value}, but ${place} is ${gradient[wrong]}`,
    );
  }
}
