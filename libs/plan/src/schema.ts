import { driveNames, penaltyNames } from '@holdfast/constraints';
import { objectiveNames } from '@holdfast/objectives';
import { z } from 'zod';

/** A probability-like fraction in (0, 1]. */
const fraction = z.number().gt(0).lte(1);
const count = z.number().int().positive();
/** A number, or `auto`: one that follows from the model and the data (`resolvePlan`). */
const orAuto = <T extends z.ZodNumber>(number: T) =>
  z.union([z.literal('auto'), number]).default('auto');
const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** A label of the data; Unicode writes some in two ways, and labels of the data are in the form NFC, too. */
const label = z.string().normalize('NFC');

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

/** Names of archives, from `data.root`; `*`, `?` and `{000..009}` stand for several. */
const archiveNames = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1000)]);

const data = z.strictObject({
  /** Folder that the images' paths start from; also the only folder images are read from. */
  root: z.string().default('.'),
  /** CSV with `path,label` (also `filepath,title`) and, where known, `group`, and `role` or `split`. Absent: what the archives say or, without them, an image folder root/<class>/<image>. */
  manifest: z.string().optional(),
  /** WebDataset tars and Parquet files with the images (docs/data.md); by split, where they were written by split. */
  archives: z
    .union([
      archiveNames,
      z
        .strictObject({
          train: archiveNames.optional(),
          val: archiveNames.optional(),
          test: archiveNames.optional(),
        })
        .refine((splits) => Object.keys(splits).length > 0, 'names no split'),
    ])
    .optional(),
  /** Which columns of archives say what, where they are called otherwise: of Parquet by name, of a tar by extension or by field of its JSON. */
  columns: z
    .strictObject({
      image: z.string().min(1).optional(),
      label: z.string().min(1).optional(),
      group: z.string().min(1).optional(),
      role: z.string().min(1).optional(),
      split: z.string().min(1).optional(),
    })
    .optional(),
  /** Shares of the groups that steer the choice of the candidate and that the gate judges by, where the manifest names neither roles nor a split. */
  split: z
    .strictObject({
      steering: z.number().gt(0).lt(1).default(0.2),
      validation: z.number().gt(0).lt(1).default(0.3),
      seed: seed.default(0),
    })
    .prefault({}),
  /** An image that cannot be read: refuse the run, or leave it out and count it in the report. */
  onBadImage: z.enum(['fail', 'skip']).default('fail'),
});

const prompts = z.strictObject({
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
const space = z.strictObject({
  /** Labels of the plan's data. */
  classes: z.array(label).min(2).optional(),
  /** Or a data set of its own, whose labels this plan calls NAME/LABEL. */
  data: z
    .strictObject({ root: z.string().default('.'), manifest: z.string().optional() })
    .optional(),
  /** Default: the plan's templates. */
  prompts: prompts.optional(),
});

const target = z.strictObject({
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
const protectedTask = z.strictObject({
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

/** Given to a module of the user's own with every call: any JSON. */
const moduleOptions = z.record(z.string(), z.json()).optional();
/** Seconds that loading a module and each of its calls may take; absent: what the service takes, 30. */
const moduleTimeLimit = z.number().positive().max(180).optional();

const objective = z.strictObject({
  /** `target`: target pairs against negatives (the paper). `joint`: all pairs of the step against each other. */
  kind: z.enum(objectiveNames).default('joint'),
  /** t. */
  contrastiveTemperature: orAuto(z.number().positive()),
  /** gamma1. */
  objectiveMovingAverage: fraction.default(0.8),
  /** Joint: pairs with the same caption are not each other's negatives. */
  excludeSameCaption: z.boolean().default(false),
  /** An objective of the user's own instead of a kind: a file of TypeScript or JavaScript (docs/extending.md). It sees all pairs of a step. */
  module: z.string().min(1).optional(),
  options: moduleOptions,
  timeLimitSeconds: moduleTimeLimit,
});

/** A constraint of the user's own beside those of the protected tasks: h <= -kappa for one number h. */
const constraintModule = z.strictObject({
  /** A file of TypeScript or JavaScript (docs/extending.md). */
  module: z.string().min(1),
  /** Name in messages and curves; default: the file's. */
  name: z.string().min(1).optional(),
  /** Names of the protected tasks whose examples it sees, all together; default: every one. */
  tasks: z.array(label).min(1).optional(),
  options: moduleOptions,
  /** kappa. */
  requiredSlack: z.number().default(0),
  timeLimitSeconds: moduleTimeLimit,
});

const constraints = z.strictObject({
  /** How the weight of a task follows from its estimate; the drive `measured` has a rule of its own and ignores it. */
  penalty: z.enum(penaltyNames).default('smoothedHinge'),
  /** What the estimate of a task tracks. */
  drive: z.enum(driveNames).default('loss'),
  /** beta, in algorithm.md's scale. With few examples a step a large one answers noise (docs/results.md). */
  penaltyCoefficient: orAuto(z.number().min(0)),
  /** beta rises from 0 over the run along a half cosine. */
  penaltyRamp: z.boolean().default(false),
  /** rho of the smoothed hinge. */
  smoothingWidth: z.number().positive().default(0.1),
  /** gamma2. */
  constraintMovingAverage: fraction.default(0.8),
  /** tau. */
  constraintTemperature: orAuto(z.number().positive()),
  /** dualStep of the augmented Lagrangian; default beta. */
  dualStep: z.number().positive().optional(),
  dualPeriodSteps: count.default(1),
  /** Allowed rate of the `flips` drive. */
  allowedFlipRate: z.number().min(0).max(1).default(0.01),
  /** Multipliers of the `measured` drive. */
  multipliers: z
    .strictObject({
      initial: z.number().positive().default(1),
      rate: z.number().positive().default(0.5),
      standardErrors: z.number().min(0).default(1),
      minimum: z.number().positive().default(0.01),
      maximum: z.number().positive().default(20),
    })
    .prefault({}),
  /** Whether, and how, the images of the constraints are augmented (algorithm.md, section 5). */
  augmentation: z.enum(['none', 'paired', 'candidateOnly']).default('paired'),
  /** Constraints of the user's own. */
  modules: z.array(constraintModule).min(1).max(15).optional(),
});

/** Has the model answer protected training images as the old one does (algorithm.md, section 8). */
const distillation = z.strictObject({
  /** Images that count: all, or those that the old model gets right. */
  examples: z.enum(['all', 'right']).default('all'),
  /** What a nat of difference weighs beside the objective. */
  weight: z.number().positive().max(1_000_000).default(1),
  /** T, times `objective.contrastiveTemperature`: above 1, what the old model thinks of the other classes counts more. */
  temperature: z.number().positive().max(1000).default(1),
});

/** Low-rank changes of attention and MLP weights: W + scale B A. */
export const adaptersSchema = z.strictObject({
  rank: count.max(1024).default(8),
  scale: z.number().positive().max(1_000_000).default(1),
});

const training = z.strictObject({
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

const heads = z.strictObject({
  enabled: z.boolean().default(false),
  rank: count.max(1024).default(32),
  /** Which head captions of negatives use. */
  negatives: z.enum(['own', 'shared']).default('own'),
});

const selection = z.strictObject({
  /** Measure on steering data and write a checkpoint every so many steps; default: a twentieth of the run, less often where `measuringShare` asks for it. */
  everySteps: count.optional(),
  /** Largest share of the run's work that measuring on steering data may take (algorithm.md, section 7). */
  measuringShare: z.number().gt(0).lt(1).default(0.25),
  /** Interpolations w_old + alpha (w - w_old) that are candidates: the largest of every checkpoint, the others of the leading ones. */
  alphas: z.array(fraction).min(1).default([1, 0.8, 0.6]),
  /** A candidate is infeasible if steering data show that a protected task changed by less than this; default: minus its tolerance. */
  margin: z.number().min(-1).max(1).optional(),
  /** Checkpoints kept: the last so many, and the leading ones. */
  keepLast: count.default(3),
});

const tolerance = z.number().min(0).max(1);

/** Tasks in the mean of each claim that names a number. */
export const claimSizes = {
  anyTwo: 2,
  anyThree: 3,
  anyFour: 4,
  anyFive: 5,
  anySix: 6,
  anySeven: 7,
  anyEight: 8,
  anyNine: 9,
  anyTen: 10,
} as const;

/** Largest accuracy drops that the gate tolerates in the mean of several protected tasks; a release needs all that are stated. */
const claims = z.strictObject({
  /** Of one task: another word for `gate.tolerance`. */
  each: tolerance.optional(),
  /** Of the mean of any two protected tasks, by images and by tasks; and so on. */
  anyTwo: tolerance.optional(),
  anyThree: tolerance.optional(),
  anyFour: tolerance.optional(),
  anyFive: tolerance.optional(),
  anySix: tolerance.optional(),
  anySeven: tolerance.optional(),
  anyEight: tolerance.optional(),
  anyNine: tolerance.optional(),
  anyTen: tolerance.optional(),
  /** Of the mean of all protected tasks. */
  together: tolerance.optional(),
});

const gate = z.strictObject({
  policy: z.enum(['evidence', 'strict']).default('evidence'),
  /** Level of the whole claim: of all judgements by the same validation images together. */
  level: z.number().gt(0).lt(0.5).default(0.05),
  /** Largest accuracy drop tolerated per task. */
  tolerance: tolerance.default(0.05),
  /** Stated beforehand, about the mean of several tasks; none where they are left out. */
  claims: claims.optional(),
  /** J: feasible candidates shown to the gate at the most; each is judged at level / (J H). */
  candidatesMax: count.max(20).default(1),
  /** H: how often the same validation images may judge; each judgement is made at level / H. */
  judgementsMax: count.max(1000).default(1),
  /** File that counts the judgements; default: holdfast-ledger.jsonl beside the manifest, else in the image folder. */
  ledger: z.string().min(1).optional(),
  /** The first model that was released, where `model` is a later one: a candidate must hold its ground against both. */
  firstModel: z.string().min(1).optional(),
});

/** What no protected task names: images without labels, on which old and new should answer alike. */
const drift = z.strictObject({
  /** UTF-8 file with one text a line, as the model reads it; an answer is the nearest of them. */
  texts: z.string().min(1),
  /** Folder of images, with all folders in it. */
  images: z.string().min(1),
  /** CSV path,group of images that belong together; default: each stands alone. */
  groups: z.string().min(1).optional(),
  /** Largest share of images that the candidate may answer otherwise. Absent: reported, decides nothing. */
  tolerance: z.number().min(0).max(1).optional(),
});

/** A plan: what to improve, what to protect, and how. Only model, data, target (and protected) need naming. */
export const planSchema = z.strictObject({
  /** A CLIP directory, of transformers or open_clip. */
  model: z.string(),
  data,
  prompts: prompts.prefault({}),
  target,
  /** Label spaces beside that of the target, by name. */
  spaces: z
    .record(
      z
        .string()
        .regex(
          /^[^/\s]([^/]*[^/\s])?$/,
          'is no name of a label space: it has no slash, and no white space at its ends',
        ),
      space,
    )
    .optional(),
  /** Protected tasks; default: every other label, of all spaces. */
  protected: z
    .array(z.union([label, protectedTask]))
    .min(1)
    .optional(),
  method: z.enum(['retain', 'flyp']).default('retain'),
  objective: objective.prefault({}),
  constraints: constraints.prefault({}),
  distillation: distillation.optional(),
  training: training.prefault({}),
  heads: heads.prefault({}),
  selection: selection.prefault({}),
  gate: gate.prefault({}),
  drift: drift.optional(),
  seed: seed.default(0),
  /** Engine limits. `threads` and chunk sizes are part of what bit equality depends on. */
  engine: z
    .strictObject({
      threads: count.max(256).optional(),
      activationBudgetMib: count.optional(),
      imageChunk: count.max(4096).optional(),
      textChunk: count.max(4096).optional(),
      /** How several encoders divide a step: by their measured speed, or equally, which repeats to the bit. */
      shards: z.enum(['measured', 'equal']).default('measured'),
      /** How gradients travel from an encoder to an optimizer in another engine; bfloat16 takes half the bytes, and rounds. */
      gradients: z.enum(['float32', 'bfloat16']).default('float32'),
    })
    .prefault({}),
});

/** A plan with every default filled in; some of its numbers may be `auto`. */
export type PlanDraft = z.output<typeof planSchema>;

type WithNumbers<T> = { [K in keyof T]: Exclude<T[K], 'auto'> };

/** A plan with numbers where its draft may say `auto`. */
export type Plan = Omit<PlanDraft, 'objective' | 'constraints' | 'training'> & {
  [K in 'objective' | 'constraints' | 'training']: WithNumbers<PlanDraft[K]>;
};

/** A plan as a person writes it. */
export type PlanInput = z.input<typeof planSchema>;
