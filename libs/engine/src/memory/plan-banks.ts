import type { ParameterLayout } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import { arrayNames } from './array-name.js';

/** A stretch of the layout whose arrays share one memory. */
export interface BankPlan {
  /** First element in the layout. */
  readonly start: number;
  /** Elements, a multiple of 16. */
  readonly length: number;
}

/** Memory of a bank for rows that its kernels work on. Pages that nobody touches cost nothing. */
export const scratchBytes = 2 ** 20;

/** A WebAssembly memory has at most 4 GiB. */
export const bankElementsMax = Math.floor((2 ** 32 - scratchBytes) / (4 * arrayNames.length)) - 16;

/**
 * Cuts a layout, between parameters, into stretches of which every array fits one memory.
 *
 * @throws Fault `exhausted` if one parameter alone is too large.
 */
export function planBanks(
  layout: ParameterLayout,
  elementsMax: number = bankElementsMax,
): readonly BankPlan[] {
  const banks: BankPlan[] = [];
  let start = 0;
  let end = 0;
  layout.entries.forEach((entry, index) => {
    const next = layout.entries[index + 1]?.offset ?? layout.length;
    if (next - entry.offset > elementsMax) {
      throw new Fault(
        'exhausted',
        `${entry.name} has ${entry.size} elements; a parameter has at most ${elementsMax}`,
      );
    }
    if (next - start > elementsMax) {
      banks.push({ start, length: end - start });
      start = end;
    }
    end = next;
  });
  banks.push({ start, length: end - start });
  return banks;
}
