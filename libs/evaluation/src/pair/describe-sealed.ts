import type { LedgerDescription } from '../ledger/describe-ledger.js';
import { describePair } from './describe-pair.js';
import type { MeasuredPair } from './measure-pair.js';

/**
 * Pass or fail, and nothing that another candidate could be fitted to: with one bit a judgement, tries
 * that end at the first release are one sequence that is fixed without the images (docs/statistics.md).
 */
export type SealedOutcome = 'RELEASED' | 'NOT_RELEASED';

/** A sealed judgement as JSON has it. */
export function describeSealed(
  outcome: SealedOutcome,
  measured: MeasuredPair,
  settings: { readonly policy: string; readonly level: number },
  ledger: LedgerDescription | undefined,
) {
  return {
    schema: 'holdfast.sealed/1',
    outcome,
    ...describePair(measured, 'validation'),
    gate: settings,
    judgementsLeft: ledger?.report.left ?? null,
  };
}
