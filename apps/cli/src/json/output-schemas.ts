import { roleNames } from '@holdfast/dataset';
import { runSchemas } from '@holdfast/run-store';
import { z } from 'zod';

const count = z.int().nonnegative();
const verdictName = z.enum(['RETAINED', 'REGRESSED', 'UNDECIDED']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const model = z.object({ path: z.string(), sha256 });
const role = z.enum([...roleNames, 'pool']).describe('Images that judged.');

/** What every output about two models says of them. */
const pairShape = {
  reference: model,
  candidate: model,
  data: z.object({ sha256, role, unreadable: count }),
};
const gateSettings = z.object({
  policy: z.string(),
  level: z.number().describe('Of this judgement.'),
});

/** What gate, compare and verify have in common with the verdict of a run. */
const verdict = runSchemas['verdict.json'].shape;

/** `gate --json`. */
export const gateSchema = z.object({
  schema: z.literal('holdfast.gate/1'),
  outcome: verdictName,
  reason: z.string(),
  ...pairShape,
  ...z
    .object({
      gate: gateSettings,
      ledger: z
        .object({ path: z.string(), judgements: count, judgementsMax: count, left: count })
        .nullable()
        .describe('How often these images have judged, where they are counted.'),
      devSafetyAccuracy: verdict.devSafetyAccuracy,
      devSafetyLoss: verdict.devSafetyLoss,
      target: verdict.target,
      protected: verdict.protected,
      first: verdict.first,
      drift: verdict.drift,
      claims: verdict.claims,
      sensitivity: verdict.sensitivity,
      withoutHeads: z
        .object({ outcome: verdictName, reason: z.string() })
        .nullable()
        .describe('On a candidate with heads, as a loader sees it that knows no heads.'),
    })
    // All of it is absent where the labels of a pool are too few to judge.
    .partial().shape,
  pool: z
    .object({
      images: count,
      groups: count,
      disagreements: count,
      disagreement: z.number(),
      asked: count,
      labelled: count,
      unlabelled: count,
      level: z.number(),
      classes: z.array(
        z.object({
          class: z.string(),
          labelled: count,
          counted: count,
          assumedLost: count,
          agreedGroups: count,
          checkedGroups: count,
          confirmedGroups: count,
          agreedGroupsMin: count,
          largestGroup: count,
        }),
      ),
    })
    .optional()
    .describe('With --pool.'),
  queue: z
    .object({ table: z.string(), pages: z.array(z.string()) })
    .nullable()
    .optional()
    .describe('With --pool: what is to be labelled.'),
});

/** `gate --sealed --json`. */
export const sealedSchema = z.object({
  schema: z.literal('holdfast.sealed/1'),
  outcome: z.enum(['RELEASED', 'NOT_RELEASED']),
  ...pairShape,
  gate: gateSettings,
  judgementsLeft: count.nullable(),
});

/** `compare --json`. */
export const comparisonOutputSchema = z.object({
  schema: z.literal('holdfast.comparison/1'),
  ...pairShape,
  devSafetyAccuracy: verdict.devSafetyAccuracy
    .nullable()
    .describe('As in a verdict; null where no protected task has images.'),
  devSafetyLoss: verdict.devSafetyLoss,
  target: verdict.target,
  protected: verdict.target,
});

/** `evaluate --json`. */
export const evaluationSchema = z.object({
  schema: z.literal('holdfast.evaluation/1'),
  model,
  data: pairShape.data,
  accuracy: z.number(),
  examples: count,
  notes: z.array(z.string()).describe('What a person should know of the model and the prompts.'),
  classes: z.array(
    z.object({ class: z.string(), target: z.boolean(), examples: count, accuracy: z.number() }),
  ),
});

/** `verify --json`. */
export const verificationSchema = z.object({
  schema: z.literal('holdfast.verification/1'),
  verified: z.boolean(),
  signed: z.boolean().describe('By the key that was named.'),
  outcome: verdict.outcome,
  reference: z.object({ sha256 }),
  candidate: z.object({ sha256 }),
  ledger: z
    .object({
      path: z.string(),
      judgements: count.describe('By any of these images: how many candidates they were shown.'),
      number: count.nullable().describe('Place of this one among them, counted from 1.'),
    })
    .nullable()
    .describe('The ledger that the plan names; null where hashes or rules differ.'),
  differences: z.array(
    z.object({ path: z.string(), stated: z.unknown(), found: z.unknown() }).partial({
      stated: true,
      found: true,
    }),
  ),
});

const taskChange = z.object({ task: z.string(), change: z.number() }).nullable();

/** `next --json`. */
export const nextSchema = z.object({
  schema: z.literal('holdfast.next/1'),
  plan: z.string().describe('The file that was written.'),
  model: z.string().describe('The released model, as that plan names it.'),
  target: z.string(),
  rounds: z
    .array(
      z.object({
        run: z.string(),
        target: z.string(),
        gain: z.number().describe('Of the targets, in the mean.'),
        worst: taskChange.describe('Smallest change of a protected task.'),
        outcome: verdict.outcome,
        sinceFirst: taskChange.describe('Smallest change against the model of the first round.'),
      }),
    )
    .describe('Oldest first.'),
  gap: z.string().nullable().describe('Why older rounds are not known, where there are some.'),
  ledger: z.object({
    path: z.string(),
    judgements: count,
    judgementsMax: count,
    left: count,
    mayJudge: z.boolean().describe('Whether the validation images may judge the next candidate.'),
  }),
  notes: z.array(z.string()).describe('What of the last plan is not in the next.'),
});

/** `doctor --json`. */
export const doctorSchema = z.object({
  schema: z.literal('holdfast.doctor/1'),
  machine: z.object({
    node: z.string(),
    platform: z.string(),
    processor: z.string(),
    processors: count,
    processorQuota: z.number().optional(),
    load: z.number(),
    simd: z.array(z.string()).optional(),
    hasWasmSimd: z.boolean(),
    memory: z.object({ totalBytes: count, availableBytes: count, limitBytes: count.optional() }),
    disk: z.object({ path: z.string(), freeBytes: count }),
  }),
  onnxruntime: z.string().nullable(),
  providers: z.array(
    z.object({
      provider: z.enum(['cpu', 'webgpu', 'cuda']),
      state: z.enum(['works', 'software', 'broken', 'absent']),
      detail: z.string(),
      speedup: z.number().optional().describe("Rate of matrix products over the processor's."),
    }),
  ),
  tfjs: z
    .array(z.object({ name: z.string(), works: z.boolean() }))
    .describe('Back ends of TensorFlow.js, the fastest first, up to the one that is taken.'),
  defaultThreads: count.optional(),
  measurements: z
    .object({
      products: z.array(z.object({ threads: count, gflops: z.number() })),
      training: z.object({
        model: z.string(),
        threads: count,
        imagesPerSecond: z.number(),
        gflops: z.number(),
        shareOfProducts: z.number(),
      }),
    })
    .optional(),
  broken: z.array(z.string()).describe('What does not work and must.'),
  changes: z.array(z.string()).describe('What would make runs faster, or possible.'),
});

const inspectedImage = z.object({
  place: z.string().describe('Row of the manifest, or path in the folder.'),
  path: z.string(),
  label: z.string(),
  use: z.string().describe('Empty where it has none.'),
});
const list = <T extends z.ZodType>(item: T) =>
  z.object({ count, listed: z.array(item).describe('At most 50.') });
const inspectedPairs = list(
  z.object({ first: inspectedImage, second: inspectedImage, similarity: z.number() }),
);
const rowProblems = list(z.object({ place: z.string(), path: z.string(), reason: z.string() }));

/** `data inspect --json`. */
export const inspectionSchema = z.object({
  schema: z.literal('holdfast.inspection/1'),
  data: z.string(),
  rows: count,
  images: count.describe('Rows that can be used.'),
  groups: count,
  classes: z.array(
    z.object({
      class: z.string(),
      images: count,
      groups: count,
      uses: z.array(z.object({ use: z.string(), images: count, groups: count })),
    }),
  ),
  slices: z
    .array(
      z.object({
        column: z.string(),
        isComplete: z.boolean(),
        values: z.array(z.object({ value: z.string(), images: count })),
      }),
    )
    .describe('Columns that a run does not read.'),
  problems: z.object({
    unusable: rowProblems,
    missing: rowProblems,
    repeated: rowProblems,
    undecodable: rowProblems,
  }),
  groupLeaks: inspectedPairs,
  copies: z
    .object({ repeats: inspectedPairs, leaks: inspectedPairs, conflicts: inspectedPairs })
    .nullable()
    .describe('Null with --fast, as all that needs the images.'),
  near: z
    .object({
      by: z.enum(['hash', 'embedding']),
      similarityMin: z.number(),
      distanceMax: count
        .nullable()
        .describe('Bits of perceptual hashes that may differ; null of embeddings.'),
      pairs: inspectedPairs,
      leaks: inspectedPairs,
    })
    .nullable(),
  quality: z
    .object({
      measures: z.array(
        z.object({
          name: z.string(),
          unit: z.string(),
          least: z.number(),
          p05: z.number(),
          median: z.number(),
          p95: z.number(),
          most: z.number(),
          low: z.number().nullable().describe('Below, a value is unusual.'),
          high: z.number().nullable().describe('Above, a value is unusual.'),
          outliers: count,
          listed: z.array(inspectedImage.extend({ value: z.number() })),
        }),
      ),
      elongated: list(inspectedImage),
    })
    .nullable(),
  notes: z.array(z.string()),
});
