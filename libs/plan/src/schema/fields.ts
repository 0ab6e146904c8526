import { z } from 'zod';

/** A probability-like fraction in (0, 1]. */
export const fraction = z.number().gt(0).lte(1);

export const count = z.number().int().positive();

/** Threads that an engine may have. */
export const threadsMax = 256;

/** A number, or `auto`: one that follows from the model, the data, and the plan's other fields (`resolvePlan`). */
export const orAuto = <T extends z.ZodNumber>(number: T) =>
  z.union([z.literal('auto'), number]).default('auto');

export const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** A label of the data; Unicode writes some in two ways, and labels of the data are in the form NFC, too. */
export const label = z.string().normalize('NFC');

export const tolerance = z.number().min(0).max(1);
