import { z } from 'zod';

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const interval = z.object({
  mean: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});
const share = z.object({
  count,
  of: count,
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});

const figuresSchema = z.object({
  outcome: z.enum(['RETAINED', 'REGRESSED', 'UNDECIDED', 'NO_FEASIBLE_CANDIDATE']),
  reason: z.string(),
  verdictSha256: sha256.describe("Of the run's verdict.json."),
  validation: z.object({
    targetGain: z.number(),
    devSafetyAccuracy: z.number().describe('Smallest change of accuracy of a protected task.'),
    devSafetyLoss: z.number().nullable().describe('In nats; null in verdicts that do not say it.'),
    negativeFlips: z
      .number()
      .describe('Share of protected images that only the old model got right.'),
    positiveFlips: z.number(),
  }),
  test: z
    .object({ targetGain: z.number(), devSafetyAccuracy: z.number() })
    .nullable()
    .describe('Read once by each run, after its verdict; null where the data have no test part.'),
  undecided: z
    .array(
      z.object({
        task: z.string(),
        groups: count,
        moreNeeded: count.describe('Groups that would decide; 0: none would.'),
      }),
    )
    .readonly(),
  trainingSeconds: z.number().nullable().describe('Since its last start: steps and measurements.'),
});

const cellSchema = z.object({
  cell: z.string().describe('Its name, and that of its folder in runs/.'),
  method: z.string(),
  seed: count,
  target: z.string(),
  planSha256: sha256,
  state: z.enum(['waiting', 'stopped', 'failed', 'finished']),
  failure: z.string().nullable(),
  figures: figuresSchema.nullable().describe('Of a finished run.'),
});

const summarySchema = z.object({
  method: z.string(),
  target: z.string(),
  runs: count.describe('Finished.'),
  failed: count,
  released: share,
  validation: z.object({
    targetGain: interval,
    devSafetyAccuracy: interval,
    devSafetyLoss: interval,
    negativeFlips: interval,
    positiveFlips: interval,
    retained: share.describe('Runs with DevSafety(acc) >= 0: the retention ratio.'),
    onFront: z.boolean().describe('No other method is both safer and gains more, in the means.'),
  }),
  test: z
    .object({
      targetGain: interval,
      devSafetyAccuracy: interval,
      retained: share,
      onFront: z.boolean(),
    })
    .nullable(),
  trainingSeconds: interval,
});

const conclusionSchema = z.object({
  target: z.string(),
  method: z.string(),
  against: z.string(),
  outcome: z
    .enum(['BETTER', 'WORSE', 'EQUIVALENT', 'UNDECIDED', 'OPEN'])
    .describe('Open: runs are left. Better and worse: by more than the margin.'),
  pairs: count.describe('Seeds that both finished.'),
  difference: interval,
  level: z.number().describe('Of this interval: the level over how many there are.'),
  moreSeeds: count.nullable().describe('About so many more would decide; null: not known.'),
  reason: z.string(),
});

const powerSchema = z.object({
  target: z.string(),
  method: z.string(),
  task: z.string(),
  undecided: count.describe('Runs that left it undecided.'),
  runs: count,
  groups: count.describe('That judged.'),
  moreNeeded: count
    .nullable()
    .describe('Groups like these that would have decided in all of these runs; null: none would.'),
});

/** `study.json`: what a study concludes from, written before its first run, and what came of it. */
export const studyRecordSchema = z.object({
  schema: z.literal('holdfast.study/1'),
  study: z.object({ name: z.string(), sha256 }),
  plan: z.object({ name: z.string(), sha256 }),
  conclude: z.object({
    measure: z.string(),
    images: z.enum(['validation', 'test']),
    margin: z.number(),
    method: z.string(),
    against: z.array(z.string()).readonly(),
    level: z.number(),
  }),
  cells: z.array(cellSchema).readonly(),
  methods: z.array(summarySchema).readonly(),
  conclusions: z.array(conclusionSchema).readonly(),
  power: z.array(powerSchema).readonly(),
});

export type StudyRecord = z.infer<typeof studyRecordSchema>;
export type CellRecord = z.infer<typeof cellSchema>;
export type CellFigures = z.infer<typeof figuresSchema>;
export type MethodSummary = z.infer<typeof summarySchema>;
export type Conclusion = z.infer<typeof conclusionSchema>;
export type UndecidedTask = z.infer<typeof powerSchema>;
