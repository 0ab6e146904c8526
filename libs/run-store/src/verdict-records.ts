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
  lossChange: z.number().describe('In nats.'),
  method: z.string().describe('Of the bounds.'),
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
    .describe('How sure one may be that no more than each drop was lost.'),
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

/** A verdict of the gate, in a word. */
export type VerdictName = z.infer<typeof verdictName>;
export type ConfidenceRecord = z.infer<typeof confidenceSchema>;
export type ComparisonRecord = z.infer<typeof comparisonSchema>;
export type VerdictRecord = z.infer<typeof taskVerdictSchema>;
export type ClaimRecord = z.infer<typeof claimSchema>;
export type SensitivityRecord = z.infer<typeof sensitivitySchema>;
