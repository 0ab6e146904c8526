import { driveNames, penaltyNames } from '@holdfast/constraints';
import { objectiveNames } from '@holdfast/objectives';
import { z } from 'zod';
import { count, fraction, label, orAuto } from './fields.js';

/** Given to a module of the user's own with every call: any JSON. */
const moduleOptions = z.record(z.string(), z.json()).optional();

/** Seconds that loading a module and each of its calls may take; absent: what the service takes, 30. */
const moduleTimeLimit = z.number().positive().max(180).optional();

export const objective = z.strictObject({
  /** `target`: target pairs against negatives (the paper). `joint`: all pairs of the step against each other. `weighted`: the first, and protected pairs against each other. */
  kind: z.enum(objectiveNames).default('joint'),
  /** t. */
  contrastiveTemperature: orAuto(z.number().positive()),
  /** gamma1. */
  objectiveMovingAverage: fraction.default(0.8),
  /** Joint: pairs with the same caption are not each other's negatives. */
  excludeSameCaption: z.boolean().default(false),
  /** Weighted: a of (1-a) F + a F_joint, the latter over the protected pairs; default: 0.5. */
  protectedShare: z.number().gt(0).lt(1).optional(),
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

export const constraints = z.strictObject({
  /** How the weight of a task follows from its estimate; the drive `measured` has a rule of its own and ignores it. */
  penalty: z.enum(penaltyNames).default('smoothedHinge'),
  /** `sum`: their gradient is added to the objective's. `projection`: the objective's is projected where it goes against theirs, so that a step does not (A-GEM). `projectionByTask`: where it goes against any task's, each by a way back of its own (GEM). */
  combine: z.enum(['sum', 'projection', 'projectionByTask']).default('sum'),
  /** What the estimate of a task tracks. */
  drive: z.enum(driveNames).default('loss'),
  /** beta, in the scale of docs/algorithm/penalties.md. With few examples a step a large one answers noise (docs/results.md). */
  penaltyCoefficient: orAuto(z.number().min(0)),
  /** beta rises from 0 over the run along a half cosine. */
  penaltyRamp: z.boolean().default(false),
  /** rho of the smoothed hinge. */
  smoothingWidth: z.number().positive().default(0.1),
  /** gamma2: what the newest batch counts in a task's estimate. */
  constraintMovingAverage: orAuto(fraction),
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
  /** Whether, and how, the images of the constraints are augmented (docs/algorithm/reference-losses.md). */
  augmentation: z.enum(['none', 'paired', 'candidateOnly']).default('paired'),
  /** Constraints of the user's own. */
  modules: z.array(constraintModule).min(1).max(15).optional(),
});

/** Images that nobody labelled, and texts, on which the model goes on to answer as the old one does. */
const unlabelled = z.strictObject({
  /** Folder of images, with all folders in it. Those that steer, judge or test are left out. Default: synthetic images, made of the training images. */
  images: z.string().min(1).optional(),
  /** CSV `path,group` of images that belong together, the groups called as in the manifest: those that judge are left out. Default: each image stands alone. */
  groups: z.string().min(1).optional(),
  /** UTF-8 file with one text a line, as the model reads it. Default: the class prompts of every label space but the target's, or of that, where there is no other. */
  texts: z.string().min(1).optional(),
  /** Images of a step, and texts at the most. */
  batch: z.number().int().min(2).max(65_536).default(64),
});

/** Has the model answer training images as the old one does (docs/algorithm/distillation.md). */
export const distillation = z.strictObject({
  /** Protected images that count: all, or those that the old model gets right. */
  examples: z.enum(['all', 'right']).default('all'),
  /** Takes the place of protected images. */
  unlabelled: unlabelled.optional(),
  /** What a nat of difference weighs beside a nat of the objective; 0: nothing is distilled. `auto`: 10 where protected tasks of another label space than the target's have few training images, else 0. Default: 1; on unlabelled images 10, or 3 among the target's own class prompts. */
  weight: z.union([z.literal('auto'), z.number().min(0).max(1_000_000)]).optional(),
  /** T, times `objective.contrastiveTemperature`: above 1, what the old model thinks of the other classes counts more. */
  temperature: z.number().positive().max(1000).default(1),
});
