import { z } from 'zod';

const count = z.int().nonnegative();
const verdictName = z.enum(['RETAINED', 'REGRESSED', 'UNDECIDED']);

/** A point of a curve of confidence. */
const confidenceSchema = z.object({ drop: z.number(), confidence: z.number() });

/** A task, old against new. */
export const comparisonSchema = z.object({
  task: z.string(),
  examples: count,
  groups: count,
  referenceAccuracy: z.number(),
  candidateAccuracy: z.number(),
  accuracyChange: z.number(),
  negativeFlips: count,
  positiveFlips: count,
  lowerBound: z.number().describe("Of the change, one-sided at the gate's level."),
  upperBound: z.number(),
  lossChange: z.number().nullable().describe('In nats; null where it is not known.'),
  method: z.string().describe('Of the bounds.'),
  ceiling: z.boolean().optional().describe('True: it must not grow. Absent: it must not be lost.'),
});

/** A protected task with its verdict and the statistics behind it. */
export const taskVerdictSchema = z.object({
  ...comparisonSchema.shape,
  verdict: verdictName,
  tolerance: z.number(),
  pValue: z.number(),
  holmPValue: z.number(),
  simultaneousBounds: z.tuple([z.number(), z.number()]).readonly().describe('Lower, upper.'),
  moreNeeded: count.describe('Groups that would decide; 0: none would.'),
  reason: z.string(),
  confidence: z
    .array(confidenceSchema)
    .readonly()
    .describe(
      'How sure one may be that no more than each drop was lost, or that a ceiling grew by no more.',
    ),
});

/** What the gate says of the mean of several tasks. */
export const claimSchema = z.object({
  tasks: count.describe('In the mean.'),
  together: z.boolean(),
  stated: z
    .boolean()
    .describe('False: for information, decides nothing; tolerance and verdict are then null.'),
  tolerance: z.number().nullable(),
  verdict: verdictName.nullable(),
  accuracyChange: z.number(),
  lowerBound: z.number(),
  upperBound: z.number(),
  isExact: z.boolean(),
  worstTasks: z.array(z.string()).readonly(),
  weighting: z.string(),
  moreNeeded: count,
  reason: z.string(),
  confidence: z.array(confidenceSchema).readonly(),
});

/** The lowest of the tasks' bounds if no task has more than `rateRatio` times its share of large losses. */
export const sensitivitySchema = z.object({ rateRatio: z.number(), lowerBound: z.number() });

const spaceMeasure = z.object({
  accuracy: z.number(),
  meanPerClassRecall: z.number().describe('Over the classes that have images.'),
});

/** What both models get right of a label space. */
export const spaceSchema = z.object({
  space: z.string().nullable().describe("Null: the plan's own."),
  classes: count.describe('That answers are chosen among.'),
  examples: count,
  reference: spaceMeasure,
  candidate: spaceMeasure,
});

const calibration = z.object({
  confidence: z.number().describe('Mean probability of the answer.'),
  error: z.number().describe('Expected calibration error.'),
});
const calibrationShape = { examples: count, reference: calibration, candidate: calibration };

/** How well both models know what they know, by the softmax at the temperature of the losses. */
export const calibrationSchema = z.object({
  bins: count.describe('Of the error, of equal width.'),
  all: z.object(calibrationShape).describe('Every image, told apart in its label space.'),
  tasks: z
    .array(z.object({ task: z.string(), target: z.boolean(), ...calibrationShape }))
    .readonly(),
});

/** A verdict of the gate, in a word. */
export type VerdictName = z.infer<typeof verdictName>;
export type ConfidenceRecord = z.infer<typeof confidenceSchema>;
export type ComparisonRecord = z.infer<typeof comparisonSchema>;
export type VerdictRecord = z.infer<typeof taskVerdictSchema>;
export type ClaimRecord = z.infer<typeof claimSchema>;
export type SpaceRecord = z.infer<typeof spaceSchema>;
export type CalibrationRecord = z.infer<typeof calibrationSchema>;
export type SensitivityRecord = z.infer<typeof sensitivitySchema>;
