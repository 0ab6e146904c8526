import { z } from 'zod';

/** A float64 as the shortest decimal string that reads back as the same bits; NaN and -0 included. */
export function formatExact(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Reads what {@link formatExact} wrote; anything else is refused. */
export const exactNumber = z
  .string()
  .max(32)
  .refine((text) => formatExact(Number(text)) === text, 'is not a float64 as it was exported')
  .transform(Number);
