import type { Round } from '@holdfast/evaluation';
import { targetChange } from '@holdfast/metrics';
import { nameTargets } from '@holdfast/plan';
import type { VerdictRecord } from '@holdfast/run-store';
import { formatChange } from '../terminal/format-number.js';
import { formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';
import { paintVerdict } from '../verdict/format-verdict.js';

/** A round in numbers; changes are of accuracy, on the images that judged it. */
export interface RoundSummary {
  readonly run: string;
  /** Of several, their names with commas. */
  readonly target: string;
  /** Of the targets in the mean. */
  readonly gain: number;
  readonly worst: TaskChange | null;
  readonly outcome: string;
  /** Smallest change against the first model; null where the verdict has none. */
  readonly sinceFirst: TaskChange | null;
}

interface TaskChange {
  readonly task: string;
  readonly change: number;
}

/** @param name of the run's folder, for a person */
export function summarizeRound({ file, verdict }: Round, name: string): RoundSummary {
  const { outcome, target, protected: tasks, first } = verdict;
  return {
    run: name,
    target: nameTargets(file.plan),
    gain: targetChange(target),
    worst: findWorst(tasks),
    outcome,
    sinceFirst: findWorst(first?.protected ?? []),
  };
}

function findWorst(
  tasks: readonly Pick<VerdictRecord, 'task' | 'accuracyChange' | 'ceiling'>[],
): TaskChange | null {
  const [worst] = tasks
    .filter(({ ceiling }) => !ceiling)
    .toSorted((a, b) => a.accuracyChange - b.accuracyChange);
  return worst === undefined ? null : { task: worst.task, change: worst.accuracyChange };
}

/** A table of rounds, oldest first, and why it has no older ones. */
export function formatRounds(
  rounds: readonly RoundSummary[],
  gap: string | undefined,
  colors: Colors,
): string[] {
  const columns = [
    { title: 'round', align: 'right' as const },
    { title: 'run' },
    { title: 'target' },
    { title: 'gain', align: 'right' as const },
    { title: 'worst protected' },
    { title: 'worst against round 0' },
    { title: 'verdict' },
  ];
  const describe = (worst: TaskChange | null) =>
    worst === null ? '' : `${formatChange(worst.change)} ${worst.task}`;
  const rows = rounds.map(({ run, target, gain, worst, sinceFirst, outcome }, i) => [
    gap === undefined ? String(i + 1) : '',
    run,
    target,
    formatChange(gain),
    describe(worst),
    describe(sinceFirst),
    paintVerdict(outcome === 'RETAINED' ? 'RELEASED' : outcome, colors),
  ]);
  const before = gap === undefined ? [] : [`Rounds before these are not known: ${gap}.`];
  return [...formatTable(columns, rows, colors.dim), ...before];
}
