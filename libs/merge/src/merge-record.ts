import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const model = z.object({ path: z.string().describe('As it was named.'), sha256 });
const density = z
  .number()
  .gt(0)
  .max(1)
  .describe('Share of the changes that is kept of each model.');

/** How models are merged, with the numbers of the method. */
export const mergeMethodSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('linear') }),
  z.object({ name: z.literal('ties'), density }),
  z.object({
    name: z.literal('dare'),
    density,
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
  }),
  z.object({
    name: z.literal('lines'),
    alpha: z.number().min(0).max(10).describe('Scale of what lies before the blocks.'),
    beta: z.number().min(0).max(10).describe('What the scale has gained where the tower ends.'),
  }),
]);

/** A method and its numbers. */
export type MergeMethod = z.infer<typeof mergeMethodSchema>;

/** Most models that are merged at once. */
export const modelsMax = 8;

/** `merge.json` of a merged model: what it was made of. */
export const mergeRecordSchema = z.object({
  schema: z.literal('holdfast.merge/1'),
  sha256: sha256.describe('Of the merged weights.'),
  method: mergeMethodSchema,
  scale: z.number().min(0).max(10).describe('Of the merged change.'),
  base: model,
  models: z
    .array(model.extend({ weight: z.number().min(-10).max(10) }))
    .min(1)
    .max(modelsMax),
  notes: z.array(z.string()).describe('What a person should know.'),
});

/** What a merged model was made of. */
export type MergeRecord = z.infer<typeof mergeRecordSchema>;
