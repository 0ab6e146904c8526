import {
  describeClaims,
  describeComparison,
  describeTaskVerdict,
  type MeasuredPair,
  nameVerdict,
  type PairJudgement,
} from '@holdfast/evaluation';
import { describeWatched } from '@holdfast/report';
import type { Terminal } from '../terminal/terminal.js';
import { formatMeans } from './format-means.js';
import { formatClaims, formatComparisons, formatOutcome } from './format-verdict.js';

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
