import { z } from 'zod';
import { forEachMeasure, measureNames } from './measure-names.js';

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

const settingFields = {
  setting: z
    .string()
    .describe('Where methods are compared: target, variant, or both, as far as they vary.'),
  target: z.string(),
  variant: z.string().nullable().describe('Null where the study has none.'),
};

const calibrationSchema = z.object({
  old: z.number().describe('Expected calibration error of the model that the run began with.'),
  new: z.number(),
});

const spaceMeasure = z.object({ accuracy: z.number(), meanPerClassRecall: z.number() });
const spaceSchema = z.object({
  images: z.enum(['validation', 'test']),
  space: z.string().nullable().describe("Label space; null: the plan's own."),
  examples: count,
  old: spaceMeasure,
  new: spaceMeasure,
});

const figuresSchema = z.object({
  outcome: z.enum(['RETAINED', 'REGRESSED', 'UNDECIDED', 'NO_FEASIBLE_CANDIDATE']),
  reason: z.string(),
  verdictSha256: sha256.describe("Of the run's verdict.json."),
  oldSha256: sha256.nullable().describe('Of the weights that the run began with.'),
  dataSha256: sha256.nullable().describe('Of the data; null in verdicts that do not say it.'),
  newSha256: sha256.describe('Of the candidate.'),
  validation: z.object({
    targetGain: z.number(),
    devSafetyAccuracy: z.number().describe('Smallest change of accuracy of a protected task.'),
    meanProtectedChange: z
      .number()
      .nullable()
      .describe(
        'Mean change of accuracy of protected tasks, each once; null where ceilings are all.',
      ),
    devSafetyLoss: z.number().nullable().describe('In nats; null where it is not known.'),
    negativeFlips: z
      .number()
      .describe('Share of protected images that only the old model got right.'),
    positiveFlips: z.number(),
  }),
  test: z
    .object({
      targetGain: z.number(),
      devSafetyAccuracy: z.number(),
      devSafetyLower: z
        .number()
        .nullable()
        .optional()
        .describe(
          "Smallest lower bound of a protected task, one-sided at the gate's level; null in verdicts that do not say it, and where all are ceilings.",
        ),
      devSafetyUpper: z
        .number()
        .nullable()
        .optional()
        .describe('Smallest upper bound of a protected task, not corrected for their number.'),
      meanProtectedChange: z.number().nullable(),
    })
    .nullable()
    .describe('Read once by each run, after its verdict; null where the data have no test part.'),
  spaces: z
    .array(spaceSchema)
    .readonly()
    .describe('Label spaces as a whole; none in verdicts that do not say them.'),
  undecided: z
    .array(
      z.object({
        task: z.string(),
        groups: count,
        moreNeeded: count.describe('Groups that would decide; 0: none would.'),
      }),
    )
    .readonly(),
  calibration: z
    .object({
      all: calibrationSchema.describe('Over every validation image.'),
      target: calibrationSchema,
      worst: z
        .object({ task: z.string(), ...calibrationSchema.shape })
        .describe('The protected task whose error grew most.'),
    })
    .nullable()
    .describe('Null where the verdict does not say it.'),
  trainingSeconds: z
    .number()
    .nullable()
    .describe('Of steps and measurements; null, like what follows, where not known.'),
  measuringSeconds: z.number().nullable().describe('Of these, measurements on steering data.'),
  stepImages: count.nullable().describe('Through the tower in these steps.'),
  measuredImages: count.nullable().describe('Through the tower in these measurements.'),
  resumed: z
    .boolean()
    .optional()
    .describe(
      'It went on from a checkpoint, after a stop or a lost service: what all its steps cost is not known.',
    ),
});

const change = z.number().describe('Of accuracy, against the model that the run began with.');
const trajectoryPoint = z.object({
  step: count.describe('Steps taken.'),
  targetChange: change,
  worstChange: change.nullable().describe('Smallest of a protected task.'),
  worstTask: z.string().nullable(),
});

const cellSchema = z.object({
  cell: z.string().describe('Its name, and that of its folder in runs/.'),
  method: z.string(),
  seed: count,
  ...settingFields,
  planSha256: sha256,
  state: z.enum(['waiting', 'stopped', 'failed', 'finished']),
  failure: z.string().nullable(),
  figures: figuresSchema.nullable().describe('Of a finished run.'),
  trajectory: z
    .array(trajectoryPoint)
    .readonly()
    .describe('On steering images, up to the newest checkpoint; at most 100 points.'),
});

const summarySchema = z.object({
  method: z.string(),
  ...settingFields,
  runs: count.describe('Finished.'),
  failed: count,
  released: share,
  validation: z.object({
    targetGain: interval,
    devSafetyAccuracy: interval,
    meanProtectedChange: interval,
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
      meanProtectedChange: interval,
      retained: share,
      onFront: z.boolean(),
    })
    .nullable(),
  calibration: z.object({
    old: interval,
    new: interval,
    change: interval.describe('New less old: more than 0 is worse.'),
  }),
  trainingSeconds: interval,
  measuringSeconds: interval,
  stepImages: interval,
  measuredImages: interval,
});

const conclusionSchema = z.object({
  ...settingFields,
  method: z.string(),
  against: z.string(),
  againstSetting: z
    .string()
    .describe('Of what it is compared with: the same, or another where settings are compared.'),
  measure: z.enum(measureNames),
  margin: z.number(),
  outcome: z
    .enum(['BETTER', 'WORSE', 'EQUIVALENT', 'NON_INFERIOR', 'UNDECIDED', 'OPEN'])
    .describe(
      'Open: runs are left. Better and worse: by more than the margin. Non-inferior: not worse by the margin or more; whether equivalent or better is undecided.',
    ),
  pairs: count.describe('Seeds that both finished.'),
  difference: interval,
  level: z.number().describe('Of this interval: the level over how many there are.'),
  moreSeeds: count.nullable().describe('About so many more would decide; null: not known.'),
  reason: z.string(),
});

const aimResultSchema = z.object({
  ...settingFields,
  method: z.string(),
  outcome: z
    .enum(['REACHED', 'MISSED', 'OPEN'])
    .describe('Reached: in as many runs as conclude.aim says. Open: runs are left.'),
  reached: share.describe('Of the runs that ended; the interval is about other seeds.'),
  missed: z
    .array(z.object({ cell: z.string(), reason: z.string() }))
    .readonly()
    .describe('Runs that did not, and what was short.'),
});

const powerSchema = z.object({
  ...settingFields,
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
    aim: z
      .object({
        ...forEachMeasure(z.number().optional()),
        runs: count,
      })
      .nullable()
      .describe('Numbers that runs are to reach, as shares, and how many runs of a method.'),
    between: z
      .array(
        z.object({
          method: z.string(),
          variants: z.tuple([z.string(), z.string()]).readonly(),
          measure: z.string(),
          margin: z.number(),
        }),
      )
      .readonly()
      .describe('One method under the first variant against the second, for each target.'),
  }),
  cells: z.array(cellSchema).readonly(),
  methods: z.array(summarySchema).readonly(),
  conclusions: z.array(conclusionSchema).readonly(),
  aims: z
    .array(aimResultSchema)
    .readonly()
    .describe('Of each method in each setting; empty where the study has no aim.'),
  power: z.array(powerSchema).readonly(),
});

export type StudyRecord = z.infer<typeof studyRecordSchema>;
export type CellRecord = z.infer<typeof cellSchema>;
export type TrajectoryPoint = z.infer<typeof trajectoryPoint>;
export type CellFigures = z.infer<typeof figuresSchema>;
export type MethodSummary = z.infer<typeof summarySchema>;
export type Conclusion = z.infer<typeof conclusionSchema>;
export type AimResult = z.infer<typeof aimResultSchema>;
export type UndecidedTask = z.infer<typeof powerSchema>;
