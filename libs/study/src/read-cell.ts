import { stat } from 'node:fs/promises';
import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  describeRunFolder,
  type JournalEntry,
  listEntries,
  readRunJournal,
  readVerdict,
  type VerdictFile,
} from '@holdfast/run-store';
import type { Cell } from './list-cells.js';
import type { CellFigures, CellRecord } from './study-record.js';

/**
 * Where a run of a study stands, from its folder.
 *
 * @throws Fault `invalid` if a file of it was damaged.
 */
export async function readCell(cell: Cell): Promise<CellRecord> {
  const { name, method, seed, target, planSha256 } = cell;
  const known = { cell: name, method, seed, target, planSha256 };
  const folder = describeRunFolder(cell.path);
  // Written last of what a submitted run has.
  if (!(await exists(folder.origin))) {
    return { ...known, state: 'waiting', failure: null, figures: null };
  }
  const entries = (await exists(folder.journal)) ? await readRunJournal(folder) : [];
  if (listEntries(entries, 'run.completed').length > 0) {
    const figures = describeFigures(await readVerdict(folder.verdict), entries);
    return { ...known, state: 'finished', failure: null, figures };
  }
  const end = entries.at(-1);
  const hasFailed = end?.event === 'run.stopped' && end.state === 'failed';
  return {
    ...known,
    state: hasFailed ? 'failed' : 'stopped',
    failure: hasFailed ? end.message : null,
    figures: null,
  };
}

function describeFigures(
  { text, verdict }: VerdictFile,
  entries: readonly JournalEntry[],
): CellFigures {
  const { target, protected: tasks, test } = verdict;
  const images = sum(tasks.map(({ examples }) => examples));
  const share = (flips: readonly number[]) => (images === 0 ? 0 : sum(flips) / images);
  const trained = listEntries(entries, 'training.completed').at(-1);
  return {
    outcome: verdict.outcome,
    reason: verdict.reason,
    verdictSha256: sha256(text),
    validation: {
      targetGain: average(target.map(({ accuracyChange }) => accuracyChange)),
      devSafetyAccuracy: verdict.devSafetyAccuracy,
      devSafetyLoss: verdict.devSafetyLoss ?? null,
      negativeFlips: share(tasks.map(({ negativeFlips }) => negativeFlips)),
      positiveFlips: share(tasks.map(({ positiveFlips }) => positiveFlips)),
    },
    test: test
      ? {
          targetGain: average(
            test.tasks.filter((task) => task.target).map(({ accuracyChange }) => accuracyChange),
          ),
          devSafetyAccuracy: test.devSafetyAccuracy,
        }
      : null,
    undecided: tasks
      .filter((task) => task.verdict === 'UNDECIDED')
      .map(({ task, groups, moreNeeded }) => ({ task, groups, moreNeeded })),
    trainingSeconds: trained ? trained.seconds + trained.measuringSeconds : null,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function average(values: readonly number[]): number {
  if (values.length === 0) throw new Fault('invalid', 'a verdict without a target');
  return sum(values) / values.length;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
