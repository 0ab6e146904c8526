import { z } from 'zod';
import { label } from './fields.js';

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
});

export const target = z.strictObject({
  /** The label to improve. */
  class: label,
  /** Labels whose training images are the negatives of the contrast; default: every protected one. */
  negatives: z.array(label).min(1).optional(),
});

/** Columns of the manifest, and what an image must have in each: a value, or one of several. */
const condition = z
  .record(z.string().min(1).max(1000), z.union([label, z.array(label).min(1)]))
  .refine((columns) => Object.keys(columns).length > 0, 'names no column');

/**
 * A label, several together, a whole label space, or each label of one; or a slice: the images of these labels that meet
 * a condition. A condition alone is about every label but the target that is in no space of its own.
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
  /** Name in tables; default: what it is. */
  name: z.string().min(1).optional(),
  /** Largest accuracy drop that the gate tolerates; default: `gate.tolerance`. */
  tolerance: z.number().min(0).max(1).optional(),
  /** kappa: the constraint is h <= -kappa. */
  requiredSlack: z.number().default(0),
  /** Whether training is held to it, which takes training images; else it is only judged. */
  constrain: z.boolean().default(true),
});
