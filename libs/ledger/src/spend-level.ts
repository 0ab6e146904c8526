import { Fault } from '@holdfast/fault';
import type { LedgerState } from './parse-ledger.js';

/** Sums of shares of a level are not exact. */
const rounding = 1e-9;

/** What is to be spent, and on what. */
export interface LevelQuestion {
  readonly path: string;
  /** What all judgements on these images may take together. */
  readonly level: number;
  readonly state: LedgerState;
}

/**
 * Refuses a judgement that would take more of the level than is left.
 *
 * @throws Fault `precondition` that says how to go on.
 */
export function requireLevel({ path, level, state }: LevelQuestion, share: number): void {
  if (countLeft({ level, spent: state.spent, share }) >= 1) return;
  const times = state.judgements.length === 1 ? 'once' : `${state.judgements.length} times`;
  const round = (value: number) => Number(value.toPrecision(3));
  throw new Fault(
    'precondition',
    `${path}: these images have judged ${times} already, which took ${round(state.spent)} of gate.level (${level}); a further judgement would take ${round(share)}. Whoever tries often enough passes by luck. ` +
      'Either judge by images that have judged nothing; ' +
      `or accept a larger error of all judgements together, as gate.level: ${round(state.spent + level)} with gate.judgementsMax: ${Math.round((state.spent + level) / share)}; ` +
      'or, for an experiment that releases nothing, name a ledger of its own in gate.ledger',
  );
}

/** How many judgements that take `share` each the rest of the level allows. */
export function countLeft(level: {
  readonly level: number;
  readonly spent: number;
  readonly share: number;
}): number {
  return Math.max(0, Math.floor((level.level - level.spent) / level.share + rounding));
}
