import { readFile, stat } from 'node:fs/promises';
import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  type CalibrationRecord,
  describeRunFolder,
  type JournalEntry,
  listEntries,
  readRunJournal,
  readVerdict,
  type SpaceRecord,
  type VerdictFile,
} from '@holdfast/run-store';
import type { Cell } from './list-cells.js';
import { patchPlan } from './patch-plan.js';
import { readTrajectory } from './read-trajectory.js';
import { settingOf } from './setting.js';
import type { CellFigures, CellRecord } from './study-record.js';

/**
 * Where a run of a study stands, from its folder.
 *
 * @throws Fault `invalid` if a file of it was damaged, `precondition` if it is a run of another plan.
 */
export async function readCell(cell: Cell): Promise<CellRecord> {
  const { name, method, seed } = cell;
  const known = { cell: name, ...settingOf(cell), method, seed };
  const folder = describeRunFolder(cell.path);
  // Written last of what a submitted run has.
  if (!(await exists(folder.origin))) {
    const { planSha256 } = cell;
    return { ...known, planSha256, state: 'waiting', failure: null, figures: null, trajectory: [] };
  }
  const run = { ...known, planSha256: await readPlanHash(folder.plan, cell) };
  const entries = (await exists(folder.journal)) ? await readRunJournal(folder) : [];
  const trajectory = await readTrajectory(folder, entries);
  if (listEntries(entries, 'run.completed').length > 0) {
    const figures = describeFigures(await readVerdict(folder.verdict), entries);
    return { ...run, state: 'finished', failure: null, figures, trajectory };
  }
  const end = entries.at(-1);
  const hasFailed = end?.event === 'run.stopped' && end.state === 'failed';
  return {
    ...run,
    state: hasFailed ? 'failed' : 'stopped',
    failure: hasFailed ? end.message : null,
    figures: null,
    trajectory,
  };
}

/** A study that was moved has its ledgers elsewhere, and is the same. */
async function readPlanHash(path: string, { planYaml }: Cell): Promise<string> {
  const text = await readFile(path, 'utf8');
  const elsewhere = (yaml: string) => patchPlan(yaml, [{ gate: { ledger: '' } }]);
  if (elsewhere(text) === elsewhere(planYaml)) return sha256(text);
  throw new Fault(
    'precondition',
    `${path} is not the plan that this run of the study has: give another --folder, or move the run's folder away to run it anew`,
  );
}

function describeFigures(
  { text, verdict }: VerdictFile,
  entries: readonly JournalEntry[],
): CellFigures {
  const { target, protected: judged, test, calibration } = verdict;
  // What a ceiling loses is no loss.
  const tasks = judged.filter(({ ceiling }) => !ceiling);
  const testedTasks = test?.tasks.filter(({ target, ceiling }) => !(target || ceiling)) ?? [];
  const images = sum(tasks.map(({ examples }) => examples));
  const share = (flips: readonly number[]) => (images === 0 ? 0 : sum(flips) / images);
  const trained = findWholeTraining(entries);
  return {
    outcome: verdict.outcome,
    reason: verdict.reason,
    verdictSha256: sha256(text),
    oldSha256: verdict.reference?.sha256 ?? null,
    dataSha256: verdict.data?.sha256 ?? null,
    newSha256: verdict.candidate.sha256,
    validation: {
      targetGain: average(target.map(({ accuracyChange }) => accuracyChange)),
      devSafetyAccuracy: verdict.devSafetyAccuracy,
      meanProtectedChange: averageChange(tasks),
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
          ...boundDevSafety(testedTasks),
          meanProtectedChange: averageChange(testedTasks),
        }
      : null,
    spaces: [...listSpaces(verdict.spaces, 'validation'), ...listSpaces(test?.spaces, 'test')],
    undecided: judged
      .filter((task) => task.verdict === 'UNDECIDED')
      .map(({ task, groups, moreNeeded }) => ({ task, groups, moreNeeded })),
    calibration: calibration ? describeCalibration(calibration) : null,
    trainingSeconds: trained ? trained.seconds + trained.measuringSeconds : null,
    measuringSeconds: trained?.measuringSeconds ?? null,
    stepImages: trained?.stepImages ?? null,
    measuredImages: trained?.measuredImages ?? null,
    resumed: trained === undefined,
  };
}

/**
 * What is said of training where it took every step without a break. What goes on from a checkpoint counts its own steps
 * alone, and what was stopped or lost says nothing: then nothing says what all of them cost.
 */
function findWholeTraining(entries: readonly JournalEntry[]) {
  let isWhole = true;
  for (const entry of entries) {
    if (entry.event === 'data.read') isWhole = true;
    else if (entry.event === 'run.resumed' || entry.event === 'run.recovered') {
      isWhole = entry.step === 0;
    } else if (entry.event === 'training.completed' && isWhole) return entry;
  }
  return undefined;
}

function listSpaces(
  spaces: readonly SpaceRecord[] = [],
  images: 'validation' | 'test',
): CellFigures['spaces'] {
  return spaces.map(({ space, examples, reference, candidate }) => {
    return { images, space, examples, old: reference, new: candidate };
  });
}

/** @throws Fault `invalid` if it is not that of a run, which has a target and protects something. */
function describeCalibration({ all, tasks }: CalibrationRecord): CellFigures['calibration'] {
  const compare = ({ reference, candidate }: Omit<typeof all, 'examples'>) => ({
    old: reference.error,
    new: candidate.error,
  });
  const targets = tasks.filter((task) => task.target).map(compare);
  const [worst] = tasks
    .filter((task) => !task.target)
    .map((task) => ({ task: task.task, ...compare(task) }))
    .toSorted((a, b) => b.new - b.old - (a.new - a.old));
  if (targets.length === 0 || worst === undefined) {
    throw new Fault('invalid', 'a calibration without a target or a protected task');
  }
  const target = {
    old: average(targets.map((each) => each.old)),
    new: average(targets.map((each) => each.new)),
  };
  return { all: compare(all), target, worst };
}

/** No task lost more than the smallest lower bound says: each holds at the level of the gate, so that this one does. */
function boundDevSafety(tasks: NonNullable<VerdictFile['verdict']['test']>['tasks']) {
  const smallest = (bounds: readonly (number | undefined)[]) => {
    const stated = bounds.filter((bound) => bound !== undefined);
    return stated.length === 0 || stated.length < tasks.length ? null : Math.min(...stated);
  };
  return {
    devSafetyLower: smallest(tasks.map(({ lowerBound }) => lowerBound)),
    devSafetyUpper: smallest(tasks.map(({ upperBound }) => upperBound)),
  };
}

/** Each task counts once, however many images it has; null where there is none. */
function averageChange(tasks: readonly { readonly accuracyChange: number }[]): number | null {
  if (tasks.length === 0) return null;
  return average(tasks.map(({ accuracyChange }) => accuracyChange));
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
