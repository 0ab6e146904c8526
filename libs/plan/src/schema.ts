import { z } from 'zod';
import { data } from './schema/data.js';
import { count, label, seed, threadsMax } from './schema/fields.js';
import { drift, gate } from './schema/gate.js';
import { prompts, protectedTask, space, target } from './schema/tasks.js';
import { constraints, distillation, objective } from './schema/terms.js';
import { heads, selection, training } from './schema/training.js';

export { claimSizes } from './schema/gate.js';
export { adaptersSchema } from './schema/training.js';

/** A plan: what to improve, what to protect, and how. Only model, data, target (and protected) need naming. */
export const planSchema = z.strictObject({
  /** A CLIP directory, of transformers or open_clip. */
  model: z.string(),
  data,
  prompts: prompts.prefault({}),
  target,
  /** Label spaces beside that of the target, by name. */
  spaces: z
    .record(
      z
        .string()
        .regex(
          /^[^/\s]([^/]*[^/\s])?$/,
          'is no name of a label space: it has no slash, and no white space at its ends',
        ),
      space,
    )
    .optional(),
  /** Protected tasks; default: every other label, of all spaces. */
  protected: z
    .array(z.union([label, protectedTask]))
    .min(1)
    .optional(),
  method: z.enum(['retain', 'flyp']).default('retain'),
  objective: objective.prefault({}),
  constraints: constraints.prefault({}),
  distillation: distillation.optional(),
  training: training.prefault({}),
  heads: heads.prefault({}),
  selection: selection.prefault({}),
  gate: gate.prefault({}),
  drift: drift.optional(),
  seed: seed.default(0),
  /** Engine limits. `threads` and chunk sizes are part of what bit equality depends on. */
  engine: z
    .strictObject({
      threads: count.max(threadsMax).optional(),
      activationBudgetMib: count.optional(),
      imageChunk: count.max(4096).optional(),
      textChunk: count.max(4096).optional(),
      /** How several encoders divide a step: by their measured speed, or equally, which repeats to the bit. */
      shards: z.enum(['measured', 'equal']).default('measured'),
      /** How gradients travel from an encoder to an optimizer in another engine; bfloat16 takes half the bytes, and rounds. */
      gradients: z.enum(['float32', 'bfloat16']).default('float32'),
    })
    .prefault({}),
});

/** A plan with every default filled in; some of its numbers may be `auto`. */
export type PlanDraft = z.output<typeof planSchema>;

type WithNumbers<T> = { [K in keyof T]: Exclude<T[K], 'auto'> };

/** A plan with numbers where its draft may say `auto`. */
export type Plan = Omit<PlanDraft, 'objective' | 'constraints' | 'distillation' | 'training'> & {
  [K in 'objective' | 'constraints' | 'training']: WithNumbers<PlanDraft[K]>;
} & {
  /** Undefined: nothing is distilled. */
  distillation?:
    | (WithNumbers<NonNullable<PlanDraft['distillation']>> & { weight: number })
    | undefined;
};

/** A plan as a person writes it. */
export type PlanInput = z.input<typeof planSchema>;
