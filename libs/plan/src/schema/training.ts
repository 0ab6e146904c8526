import { z } from 'zod';
import { count, fraction, orAuto } from './fields.js';

/** Random resized crop: torchvision's, of the prepared pixels (docs/images.md). */
const crop = z
  .strictObject({
    /** Least and largest share of the image's area. */
    scale: z.tuple([z.number().gt(0).max(1), z.number().gt(0).max(1)]).default([0.5, 1]),
    /** Least and largest width over height. */
    ratio: z
      .tuple([z.number().min(0.01).max(100), z.number().min(0.01).max(100)])
      .default([3 / 4, 4 / 3]),
  })
  .refine(({ scale }) => scale[0] <= scale[1], { path: ['scale'], error: 'must not fall' })
  .refine(({ ratio }) => ratio[0] <= ratio[1], { path: ['ratio'], error: 'must not fall' });

/** Random changes of training images, on prepared pixels of 0 to 255, in this order. */
const augmentation = z.strictObject({
  /** Absent: no crop. */
  crop: crop.optional(),
  /** Turned about the centre by up to this angle either way; black comes in from outside. */
  rotationDegrees: z.number().min(0).max(180).default(0),
  /** Largest shift on each axis, as a share of the image's side; the border is reflected. */
  shift: z.number().min(0).max(0.5).default(0.0625),
  /** Contrast about the image's own mean is multiplied by a factor in [1 - c, 1 + c]. */
  contrast: z.number().min(0).max(1).default(0.4),
  /** Brightness changes by at most this much, in units of 1/255. */
  brightness: z.number().min(0).max(255).default(30),
  /** Mirror left to right with probability one half. Not for signs and text. */
  flip: z.boolean().default(false),
});

/** Low-rank changes of attention and MLP weights: W + scale B A. */
export const adaptersSchema = z.strictObject({
  rank: count.max(1024).default(8),
  scale: z.number().positive().max(1_000_000).default(1),
});

export const training = z.strictObject({
  /** What trains: every weight, low-rank adapters of the blocks, the two projections, or the task-dependent heads alone. Heads train in every scope. */
  scope: z.enum(['full', 'adapters', 'projections', 'heads']).default('full'),
  /** Of the scope `adapters`. */
  adapters: adaptersSchema.optional(),
  steps: orAuto(count.max(10_000_000)),
  /** Pairs of the objective in a step, half target, half negatives. */
  targetBatch: z.number().int().min(2).max(65_536).default(64),
  /** Examples of each sampled protected task in a step. */
  examplesPerTask: count.max(65_536).default(10),
  /** Protected tasks sampled in a step; default: all. */
  tasksPerStep: count.optional(),
  learningRate: orAuto(z.number().positive()),
  weightDecay: z.number().min(0).default(0.1),
  /** What weight decay pulls the weights towards: zero, or those of the old model (docs/algorithm/decay-towards-old-weights.md). */
  weightDecayTowards: z.enum(['zero', 'reference']).default('zero'),
  warmupSteps: orAuto(z.number().int().min(0)),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  adamEpsilon: z.number().positive().default(1e-8),
  /** Largest gradient norm; 0 means no clipping. */
  gradientNormMax: z.number().min(0).default(0),
  /** Decay of the exponential moving average of the weights; 0 keeps none. */
  weightAverage: z.number().min(0).lt(1).default(0.99),
  augmentation: augmentation.prefault({}),
});

export const heads = z.strictObject({
  enabled: z.boolean().default(false),
  rank: count.max(1024).default(32),
  /** Which head captions of negatives use. */
  negatives: z.enum(['own', 'shared']).default('own'),
});

export const selection = z.strictObject({
  /** Measure on steering data and write a checkpoint every so many steps; default: a twentieth of the run, less often where `measuringShare` asks for it. */
  everySteps: count.optional(),
  /** Largest share of the run's work that measuring on steering data may take (docs/algorithm/choosing-the-candidate.md). */
  measuringShare: z.number().gt(0).lt(1).default(0.25),
  /** Interpolations w_old + alpha (w - w_old) that are candidates: the largest of every checkpoint, the others of the leading ones. */
  alphas: z.array(fraction).min(1).default([1, 0.8, 0.6]),
  /** A candidate is infeasible if steering data show that a protected task changed by less than this; default: minus its tolerance. */
  margin: z.number().min(-1).max(1).optional(),
  /** Checkpoints kept: the last so many, and the leading ones. */
  keepLast: count.default(3),
});
