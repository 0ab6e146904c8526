import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fence, writeFileAtomic } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';
import type { RunFolder } from './run-folder.js';
import {
  calibrationSchema,
  claimSchema,
  comparisonSchema,
  sensitivitySchema,
  spaceSchema,
  taskVerdictSchema,
} from './verdict-records.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const outcome = z.enum(['RETAINED', 'REGRESSED', 'UNDECIDED', 'NO_FEASIBLE_CANDIDATE']);
const knownSchema = 'holdfast.verdict/1';

/**
 * `verdict.json`: free of times and paths, so that the same run gives the same bytes, and bound by sha256 to both
 * models, the data and the plan: it says nothing of any other.
 */
export const verdictSchema = z.object({
  schema: z.literal(knownSchema),
  outcome,
  reason: z.string(),
  reference: z.object({ sha256 }),
  candidate: z.object({
    sha256,
    version: z.string().describe('For a person.'),
    step: z.int(),
    average: z.boolean(),
    alpha: z.number(),
  }),
  data: z.object({ sha256, unreadable: z.int() }),
  plan: z.object({ sha256 }),
  modules: z
    .array(z.object({ kind: z.enum(['objective', 'constraint']), name: z.string(), sha256 }))
    .readonly()
    .optional()
    .describe("Objectives and constraints of the user's own that trained, with what they import."),
  gate: z.object({
    policy: z.string(),
    level: z.number().describe('Of this judgement.'),
    judgementsMax: z.int(),
  }),
  devSafetyAccuracy: z
    .number()
    .describe('Smallest change of accuracy of a protected task, ceilings left out.'),
  devSafetyLoss: z
    .number()
    .nullable()
    .describe(
      'Minus the largest change of loss of these tasks, in nats; null where none is known.',
    ),
  target: z.array(comparisonSchema).readonly(),
  protected: z.array(taskVerdictSchema).readonly(),
  first: z
    .object({
      sha256,
      outcome: taskVerdictSchema.shape.verdict,
      reason: z.string(),
      protected: z.array(taskVerdictSchema).readonly(),
    })
    .nullable()
    .describe('Against the first released model, where the plan names one.'),
  drift: z
    .object({
      imagesSha256: z.string().optional(),
      images: z.int(),
      groups: z.int(),
      texts: z.int(),
      changed: z.int().describe('Images that the new model answers otherwise.'),
      share: z.number(),
      lowerBound: z.number(),
      upperBound: z.number(),
      claim: z
        .object({ tolerance: z.number(), verdict: taskVerdictSchema.shape.verdict })
        .optional(),
      reason: z.string(),
    })
    .nullable()
    .describe('On images without labels, where the plan watches some.'),
  claims: z.array(claimSchema).readonly(),
  sensitivity: z.object({
    decides: z.literal(false),
    bounds: z.array(sensitivitySchema).readonly(),
  }),
  spaces: z
    .array(spaceSchema)
    .readonly()
    .optional()
    .describe('Label spaces as a whole, on the images that judged; decides nothing.'),
  calibration: calibrationSchema.optional().describe('On the images that judged; decides nothing.'),
  test: z
    .object({
      note: z.string(),
      devSafetyAccuracy: z.number(),
      tasks: z
        .array(
          // Earlier versions stated point estimates alone.
          comparisonSchema
            .partial({
              groups: true,
              negativeFlips: true,
              positiveFlips: true,
              lowerBound: true,
              upperBound: true,
              lossChange: true,
              method: true,
            })
            .extend({ target: z.boolean() }),
        )
        .readonly(),
      spaces: z.array(spaceSchema).readonly().optional().describe('Label spaces as a whole.'),
    })
    .nullable()
    .describe('Read once, after the verdict; decides nothing.'),
});

export type RunVerdict = z.infer<typeof verdictSchema>;

/** How a run ended. */
export type RunOutcome = z.infer<typeof outcome>;

/** Writes the verdict into the run's folder and beside the candidate's weights. */
export async function writeVerdict(
  { candidate, verdict }: RunFolder,
  content: RunVerdict,
  fence: Fence,
): Promise<void> {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  await writeFileAtomic(join(candidate, 'verdict.json'), text, fence);
  await writeFileAtomic(verdict, text, fence);
}

/** What is read of a verdict: one of an earlier version may lack what came later. */
const readSchema = verdictSchema
  .pick({
    schema: true,
    outcome: true,
    reason: true,
    devSafetyAccuracy: true,
    candidate: true,
    target: true,
    protected: true,
  })
  .extend(
    verdictSchema
      .pick({
        reference: true,
        devSafetyLoss: true,
        claims: true,
        data: true,
        first: true,
        drift: true,
        spaces: true,
        calibration: true,
        test: true,
      })
      .partial().shape,
  );

/** A verdict, and its file as it was written. */
export interface VerdictFile {
  readonly text: string;
  readonly verdict: z.infer<typeof readSchema>;
}

/**
 * Reads a `verdict.json`.
 *
 * @throws Fault `not-found` if there is none, `invalid` if it is no verdict of a known kind, or one that was edited.
 */
export async function readVerdict(path: string): Promise<VerdictFile> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Fault('not-found', `cannot read ${path}: ${cause.message}`, { cause });
  });
  return { text, verdict: parseVerdict(text, path) };
}

/**
 * Reads the text of a `verdict.json`.
 *
 * @param path where it comes from, for messages
 * @throws Fault `invalid` if it is no verdict of a known kind, or one that was edited.
 */
export function parseVerdict(text: string, path: string): VerdictFile['verdict'] {
  const document = parse(text, path);
  if (!hasKnownSchema(document)) {
    throw new Fault('invalid', `${path} is not a verdict of this version (${knownSchema})`);
  }
  const { success, data, error } = readSchema.safeParse(document);
  if (success) return data;
  const [first] = error.issues;
  const place = first?.path.join('.') ?? '';
  throw new Fault('invalid', `${path} was edited: ${place}: ${first?.message}`, { cause: error });
}

function hasKnownSchema(document: unknown): boolean {
  return (
    typeof document === 'object' &&
    document !== null &&
    'schema' in document &&
    document.schema === knownSchema
  );
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid', `${path} is not JSON: it was cut off or edited`, { cause });
  }
}
