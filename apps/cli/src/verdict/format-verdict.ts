import type { ComparisonRecord, VerdictRecord } from '@holdfast/run-store';
import { formatChange, formatPercent } from '../terminal/format-number.js';
import { type Column, formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';

const comparisonColumns: readonly Column[] = [
  { title: 'task' },
  { title: 'images', align: 'right' },
  { title: 'old', align: 'right' },
  { title: 'new', align: 'right' },
  { title: 'change', align: 'right' },
  { title: 'bounds', align: 'right' },
  { title: 'lost', align: 'right' },
  { title: 'won', align: 'right' },
];

/** Table of tasks, old against new; protected tasks with a verdict show it. */
export function formatComparisons(
  targets: readonly ComparisonRecord[],
  tasks: readonly (ComparisonRecord | VerdictRecord)[],
  colors: Colors,
): string[] {
  const isJudged = tasks.some((task) => 'verdict' in task);
  const columns = isJudged
    ? [...comparisonColumns, { title: 'tolerance', align: 'right' as const }, { title: 'verdict' }]
    : comparisonColumns;
  const rows = [
    ...targets.map((task) => formatRow({ ...task, task: `${task.task} (target)` }, colors)),
    ...tasks.map((task) => [
      ...formatRow(task, colors),
      ...('verdict' in task ? [formatTolerance(task), paintVerdict(task.verdict, colors)] : []),
    ]),
  ];
  return formatTable(columns, rows, colors.dim);
}

/** What was judged beside the protected tasks, and that nothing else was watched. */
export function formatClaims(first: string | undefined, drift: string | undefined): string[] {
  return [
    ...(first === undefined ? [] : [`against the first released model: ${first}`]),
    drift === undefined
      ? 'Nothing else was watched: what the protected tasks do not name may be lost (see drift in the documentation).'
      : `watched beside the protected tasks: ${drift} Nothing else was watched.`,
  ];
}

function formatRow(record: ComparisonRecord, colors: Colors): string[] {
  const change = formatChange(record.accuracyChange);
  return [
    record.task,
    formatExamples(record),
    formatPercent(record.referenceAccuracy),
    formatPercent(record.candidateAccuracy),
    (record.ceiling ? record.accuracyChange > 0 : record.accuracyChange < 0)
      ? colors.red(change)
      : change,
    // An upper bound of 1 says nothing: labels are missing.
    record.upperBound === 1
      ? `${formatChange(record.lowerBound)} or more`
      : `${formatChange(record.lowerBound)} to ${formatChange(record.upperBound)}`,
    String(record.negativeFlips),
    String(record.positiveFlips),
  ];
}

/** What may be lost, or, of a ceiling, what may come. */
function formatTolerance({ tolerance, ceiling }: VerdictRecord): string {
  return ceiling ? `growth ${formatPercent(tolerance)}` : formatPercent(tolerance);
}

/** Images and, where several belong together, in how many groups: bounds go by groups. */
function formatExamples({ examples, groups }: ComparisonRecord): string {
  return groups === examples ? String(examples) : `${examples} in ${groups} groups`;
}

/** What an outcome means for the release, in its colour. */
export function formatOutcome(outcome: string, colors: Colors): string {
  const isReleased = outcome === 'RETAINED';
  return colors.bold(paintVerdict(isReleased ? 'RELEASED' : `NOT RELEASED: ${outcome}`, colors));
}

/** A verdict's word in its colour. */
export function paintVerdict(word: string, colors: Colors): string {
  if (word === 'RETAINED' || word === 'RELEASED') return colors.green(word);
  return word.includes('REGRESSED') ? colors.red(word) : colors.yellow(word);
}
