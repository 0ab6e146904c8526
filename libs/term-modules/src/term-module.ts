import type * as TensorFlow from '@tensorflow/tfjs-core';
import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

/** TensorFlow.js as a module is given it: the core, every gradient, every chained operation. */
export type Tf = typeof TensorFlow;

/** What stands in a plan beside a module's name: any JSON. A copy of it comes with every call. */
// biome-ignore lint/suspicious/noExplicitAny: a module knows its own options
export type TermOptions = Readonly<Record<string, any>>;

/** The pairs of one step, as an objective sees them. */
export interface ObjectiveBatch {
  /** [p, d], normalised. */
  readonly images: TensorFlow.Tensor2D;
  /** [q, d], normalised: one row a caption. */
  readonly texts: TensorFlow.Tensor2D;
  /** int32 [p]: the row of `texts` that belongs to each image. */
  readonly captions: TensorFlow.Tensor1D;
  /** float32 [p]: 1 for pairs of the target, 0 for protected ones. */
  readonly positives: TensorFlow.Tensor1D;
  /** The plan's temperature of the objective. */
  readonly temperature: number;
  /** The step, counted from 0. */
  readonly step: number;
}

/** The examples of one protected task in one step, as a constraint sees them. */
export interface ConstraintBatch {
  /** [n, d], normalised, of the candidate. */
  readonly images: TensorFlow.Tensor2D;
  /** [c, d], normalised, of the candidate: one row a class of the task. */
  readonly classes: TensorFlow.Tensor2D;
  /** int32 [n]: the class of each image, a row of `classes`. */
  readonly labels: TensorFlow.Tensor1D;
  /** The same examples and classes as the reference model embeds them; constant. */
  readonly reference: {
    readonly images: TensorFlow.Tensor2D;
    readonly classes: TensorFlow.Tensor2D;
  };
  /** The plan's temperature of the constraints. */
  readonly temperature: number;
  /** The step, counted from 0. */
  readonly step: number;
}

/**
 * What a module exports by default to be an objective: a scalar that training makes smaller.
 *
 *     export default {
 *       estimate(tf, { images, texts, captions }) {
 *         const own = tf.gather(texts, captions);
 *         return tf.sub(1, images.mul(own).sum(1)).mean();
 *       },
 *     };
 *
 * It is a pure function of what it is given: the same batch gives the same bits, and nothing is kept from one call
 * to the next. Its gradient with respect to `images` and `texts` is found by automatic differentiation.
 */
export interface ObjectiveModule {
  estimate(tf: Tf, batch: ObjectiveBatch, options: TermOptions): TensorFlow.Scalar;
}

/**
 * What a module exports by default to be a constraint: h, a scalar that is positive where the candidate is worse than
 * the reference. Pure, as an {@link ObjectiveModule} is; differentiated with respect to `images` and `classes`.
 */
export interface ConstraintModule {
  estimate(tf: Tf, batch: ConstraintBatch, options: TermOptions): TensorFlow.Scalar;
}
