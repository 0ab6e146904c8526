import {
  describeClaims,
  describeComparison,
  describeFurtherClaims,
  describeSensitivity,
  describeTaskVerdict,
  type LedgerDescription,
  nameVerdict,
} from '@holdfast/controller';
import type { Role } from '@holdfast/dataset';
import { describeWatched } from '@holdfast/report';
import type { PairJudgement } from '../measure/judge-pair.js';
import type { MeasuredPair } from '../measure/measure-pair.js';
import type { Terminal } from '../terminal/terminal.js';
import { describePair } from './describe-pair.js';
import { formatMeans } from './format-means.js';
import { formatClaims, formatComparisons, formatOutcome } from './format-verdict.js';

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
    devSafetyAccuracy: gate.devSafetyAccuracy,
    devSafetyLoss: gate.devSafetyLoss,
    target: gate.targets.map(describeComparison),
    protected: gate.tasks.map(describeTaskVerdict),
    ...describeFurtherClaims(answer, measured.watched?.data.sha256),
    claims: describeClaims(gate),
    sensitivity: { decides: false, bounds: describeSensitivity(gate) },
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

/** A judgement for a person: the outcome, every task, what was watched, the ledger, and where the report is. */
export function formatJudgement(
  { gate, first, drift, withoutHeads, ledger }: PairJudgement,
  { notes }: Pick<MeasuredPair, 'notes'>,
  report: string | undefined,
  { output }: Terminal,
): string {
  const targets = gate.targets.map(describeComparison);
  const protectedTasks = gate.tasks.map(describeTaskVerdict);
  const lines = [
    formatOutcome(nameVerdict(gate), output.colors),
    gate.reason,
    describeWatched(targets, protectedTasks),
    '',
    ...formatComparisons(targets, protectedTasks, output.colors),
    ...formatMeans(describeClaims(gate), output.colors),
    '',
    ...formatClaims(first?.gate.reason, drift?.reason),
    ...(withoutHeads ? ['', `Loaded without its heads: ${withoutHeads.reason}`] : []),
    ...(ledger?.note === undefined ? [] : ['', ledger.note]),
    ...notes.map((note) => `note: ${note}`),
    ...(report === undefined ? [] : ['', `report      ${report}`]),
  ];
  return `${lines.join('\n')}\n`;
}
