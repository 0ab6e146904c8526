import { totalmem } from 'node:os';

/** What a machine has, in bytes; a limit of 0 is none. */
export interface MemorySizes {
  readonly total: number;
  readonly limit: number;
}

const least = 256 * 2 ** 20;

/**
 * Memory for kept activations where nobody says: a quarter of the machine's, or of the container's.
 * It decides how a step is computed, never what.
 */
export function defaultActivationBudget(
  { total, limit }: MemorySizes = { total: totalmem(), limit: process.constrainedMemory() },
): number {
  const memory = limit > 0 ? Math.min(total, limit) : total;
  return Math.max(Math.floor(memory / 4), least);
}
