import type { Role } from '@holdfast/dataset';
import { describeAnswer } from '../judge/describe-answer.js';
import type { LedgerDescription } from '../ledger/describe-ledger.js';
import { nameVerdict } from '../verdict/describe-comparison.js';
import { describePair } from './describe-pair.js';
import type { PairJudgement } from './judge-pair.js';
import type { MeasuredPair } from './measure-pair.js';

/** By what it was judged. */
export interface JudgementSettings {
  readonly policy: string;
  readonly level: number;
  /** Images that judged. */
  readonly role: Role | 'pool';
}

/** A judgement as JSON has it. */
export function describeJudgement(
  { withoutHeads, ledger, ...answer }: PairJudgement,
  measured: MeasuredPair,
  { role, ...settings }: JudgementSettings,
) {
  const { gate } = answer;
  return {
    schema: 'holdfast.gate/1',
    outcome: nameVerdict(gate),
    reason: gate.reason,
    ...describePair(measured, role),
    gate: settings,
    ledger: ledger ? describeCount(ledger) : null,
    ...describeAnswer(answer, measured.watched?.data.sha256),
    /** The verdict on a candidate with heads as a loader that knows no heads sees it. */
    withoutHeads: withoutHeads
      ? { outcome: nameVerdict(withoutHeads), reason: withoutHeads.reason }
      : null,
  };
}

/** How often these images have judged. */
function describeCount({ report: { path, judgements, judgementsMax, left } }: LedgerDescription) {
  return { path, judgements: judgements.length, judgementsMax, left };
}
