import { trainableScopes } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import { z } from 'zod';

/** A file of a checkpoint, by its sha256 in hexadecimal. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32);

/** state.json: what is not an array, and the hashes of everything else. */
const checkpointState = z.strictObject({
  format: z.literal('holdfast optimizer checkpoint 1'),
  modelSha256: sha256,
  heads: z.strictObject({ count, rank: count }).nullable(),
  /** Checkpoints without it are of the scope `full`. */
  scope: z.enum(trainableScopes).default('full'),
  /** Of the scope `adapters`. */
  adapters: z.strictObject({ rank: count, scale: z.number().positive() }).nullable().default(null),
  stepsTaken: count,
  estimatedStep: z
    .number()
    .int()
    .min(-1)
    .max(2 ** 32),
  /** Of the last step; null before the first. */
  lastStep: z.strictObject({ learningRate: z.number(), gradientNorm: z.number() }).nullable(),
  files: z.record(z.string().regex(/^[a-z0-9]+\.safetensors$/), sha256),
});

export type CheckpointState = z.output<typeof checkpointState>;

export const stateFileName = 'state.json';
export const normalizersFileName = 'normalizers.safetensors';

/** The bytes of state.json. */
export function formatCheckpointState(state: CheckpointState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** @throws Fault `invalid` that says what is wrong with the file. */
export function parseCheckpointState(text: string, path: string): CheckpointState {
  const parsed = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch (error) {
        context.addIssue(`is not JSON: ${(error as Error).message}`);
        return z.NEVER;
      }
    })
    .pipe(checkpointState)
    .safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Fault('invalid', `${path} is no checkpoint's state: ${z.prettifyError(parsed.error)}`);
}
