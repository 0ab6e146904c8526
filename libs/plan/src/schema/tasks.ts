import { attackStepsMax, corruptionNames, severityMax } from '@holdfast/corruption';
import { z } from 'zod';
import { parsePixelShare } from '../pixel-share.js';
import { count, label } from './fields.js';

export const prompts = z.strictObject({
  /** `{}` stands for the class. Training captions draw one uniformly. */
  templates: z
    .array(z.string().regex(/\{\}/, 'needs {} where the class name goes'))
    .min(1)
    .default(['a photo of a {}.']),
  /** Templates averaged into the zero-shot classifier; default: the first alone. */
  classifierTemplates: z.array(z.string().regex(/\{\}/)).min(1).optional(),
  /** What to call a class in a prompt, where its label does not say it. */
  classNames: z.record(label, z.string()).default({}),
});

/** Classes that are told apart among themselves alone, by prompts of their own. */
export const space = z.strictObject({
  /** Labels of the plan's data. */
  classes: z.array(label).min(2).optional(),
  /** Or a data set of its own, whose labels this plan calls NAME/LABEL. */
  data: z
    .strictObject({ root: z.string().default('.'), manifest: z.string().optional() })
    .optional(),
  /** Default: the plan's templates. */
  prompts: prompts.optional(),
  /** Training images of each of its labels at most; 0: its tasks are only judged. Default: `data.trainingImages`. */
  trainingImages: z.union([z.literal(0), count]).optional(),
});

export const target = z.strictObject({
  /** The label to improve, or several, each of which is a target. */
  class: z.union([label, z.array(label).min(1)]),
  /** Labels whose training images are the negatives of the contrast; default: every protected one but ceilings. */
  negatives: z.array(label).min(1).optional(),
});

/** Columns of the manifest, and what an image must have in each: a value, or one of several. */
const condition = z
  .record(z.string().min(1).max(1000), z.union([label, z.array(label).min(1)]))
  .refine((columns) => Object.keys(columns).length > 0, 'names no column');

/** A share of a pixel's range: a number in [0, 1], or such as `1/255`. */
const pixelShare = z
  .string()
  .refine(
    (text) => !Number.isNaN(parsePixelShare(text)),
    'is a number in [0, 1], or such as 1/255',
  );

/** An attack by the gradient of each model that is judged. */
const attack = z.strictObject({
  /** Projected gradient ascent on an image's cross-entropy, in an L-infinity ball of pixels of [0, 1]. */
  pgd: z.strictObject({
    /** Radius of the ball: the largest change of a pixel. */
    epsilon: pixelShare,
    /** Change in a step; default: 2.5 epsilon / steps. */
    stepSize: pixelShare.optional(),
    steps: z.number().int().min(1).max(attackStepsMax).default(10),
    /** The image, or a place in the ball that is drawn from the image's file. */
    start: z.enum(['image', 'random']).default('image'),
  }),
});

/**
 * A label, several together, a whole label space, or each label of one; or a slice: the images of these labels that meet
 * a condition, or what corruptions or an attack make of them. One of these alone is about every label but the targets that
 * is in no space of its own.
 */
export const protectedTask = z.strictObject({
  /** The label that must not get worse. */
  class: label.optional(),
  /** Labels whose images are judged together. */
  classes: z.array(label).min(1).optional(),
  /** A label space whose images are judged together. */
  space: z.string().optional(),
  /** A label space each of whose labels is a task. */
  each: z.string().optional(),
  /** Of these, the images whose row of the manifest says so: `{ weather: foggy, time: [night, dusk] }`. */
  where: condition.optional(),
  /** What is done to these images, each once under each: a robustness task. ImageNet-C's corruptions (docs/images.md). */
  corruptions: z.array(z.enum(corruptionNames)).min(1).optional(),
  /** How hard corruptions are, 1 to 5; default: 3. */
  severity: z.number().int().min(1).max(severityMax).optional(),
  /** What each model's own gradient does to these images: a robustness task. A step of training attacks those that it draws. */
  attack: attack.optional(),
  /** Name in tables; default: what it is. */
  name: z.string().min(1).optional(),
  /** Largest accuracy drop that the gate tolerates, of a ceiling the largest growth; default: `gate.tolerance`. */
  tolerance: z.number().min(0).max(1).optional(),
  /** A capability that must not grow, instead of one that must not be lost. */
  ceiling: z.boolean().default(false),
  /** kappa: the constraint is h <= -kappa. */
  requiredSlack: z.number().default(0),
  /** Whether training is held to it, which takes training images; else it is only judged. */
  constrain: z.boolean().default(true),
});
