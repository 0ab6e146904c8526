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
  devSafetyAccuracy: z.number(),
  devSafetyLoss: z.number(),
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
  differences: z.array(
    z.object({ path: z.string(), stated: z.unknown(), found: z.unknown() }).partial({
      stated: true,
      found: true,
    }),
  ),
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
