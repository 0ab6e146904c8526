import { basename, parse } from 'node:path';
import { resolveName } from '@holdfast/artifacts';
import { Fault, forEachBounded } from '@holdfast/fault';
import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import { renderStudy } from '@holdfast/report';
import {
  type BenchmarkNames,
  type Cell,
  type CellRecord,
  describeAim,
  describeStudy,
  measures,
  readCell,
  type StudyRecord,
  writeStudy,
} from '@holdfast/study';
import { formatDuration } from '../terminal/format-number.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';
import { formatCell } from './format-study.js';
import type { OpenStudy } from './open-study.js';

/** How the runs of a study are done. */
export interface StudyRunner {
  /** Starts a run or goes on with it. @returns how it ended; undefined where it was left, or its process ended */
  runCell(cell: Cell, signal: AbortSignal): Promise<Run | undefined>;
  readonly signal: AbortSignal;
  /** Runs at a time. */
  readonly concurrency: number;
}

/**
 * Runs what is left of a study, in its order and some at once, and writes what is known after each. A run that fails is noted,
 * and the next one has its turn; one that fails before its first step ends the study, for the next would fail as it did.
 *
 * @returns what is known at the end, or when it was stopped
 */
export async function runCells(
  open: OpenStudy,
  records: readonly CellRecord[],
  { runCell, concurrency, signal: asked }: StudyRunner,
  terminal: Terminal,
): Promise<StudyRecord> {
  const { cells } = open;
  const { progress } = terminal;
  const known = [...records];
  const left = cells.filter((_, index) => known[index]!.state !== 'finished');
  const beganMs = terminal.now();
  // What ends the study ends the watching of the other runs, too.
  const failing = new AbortController();
  const signal = AbortSignal.any([asked, failing.signal]);
  let ended = 0;
  let saving: Promise<unknown> = Promise.resolve();
  /** One after another: what was known earlier must not be written over what is known now. */
  const save = () => {
    saving = saving.then(() => saveStudy(open, known));
    return saving;
  };

  async function work(cell: Cell): Promise<void> {
    const index = cells.indexOf(cell);
    const restSeconds =
      ended && ((terminal.now() - beganMs) / ended / 1000) * (left.length - ended);
    const rest = ended === 0 ? '' : `, about ${formatDuration(restSeconds)} left`;
    progress.write(`Run ${index + 1} of ${cells.length}: ${cell.name}${rest}\n`);
    const run = await runCell(cell, signal);
    const record = await readCell(cell);
    known[index] = record;
    ended += 1;
    if (run !== undefined) refuseUnseen(run, record, cell);
    await save();
    if (run === undefined) {
      if (record.state !== 'waiting' || signal.aborted) return;
      throw new Fault(
        'unavailable',
        `the process of ${cell.name} ended before its run began; run the same command to go on, with a smaller --concurrent or --memory where memory ran out`,
      );
    }
    if (record.state === 'failed' && (run.progress?.step ?? 0) === 0) {
      throw new Fault(
        'precondition',
        `${cell.name} failed before its first step: ${record.failure}`,
      );
    }
    if (record.state === 'finished' || record.state === 'failed') {
      progress.write(`${formatCell(record, cells)}\n`);
    } else if (!signal.aborted) {
      throw new Fault(
        'cancelled',
        `${cell.name} was cancelled by someone else; run the same command to go on`,
      );
    }
  }

  const workOrEnd = async (cell: Cell) => {
    if (signal.aborted) return;
    try {
      await work(cell);
    } catch (error) {
      failing.abort();
      throw error;
    }
  };
  await forEachBounded(left, workOrEnd, { concurrency });
  return describeStudy(open, known);
}

/**
 * @throws Fault `precondition` with the message of a run that was refused and kept no folder, or if a controller elsewhere
 *   wrote to another disk.
 */
function refuseUnseen(run: Run, { state }: CellRecord, cell: Cell): void {
  if (state === 'waiting' && run.failure) throw new Fault('precondition', run.failure.message);
  if (run.outcome && state !== 'finished') {
    const message = `the run ended, and its folder is not to be seen here: ${cell.path}; controller and study need the same disk`;
    throw new Fault('precondition', message);
  }
}

/** Writes what is known of a study. Before the first run, too: what it concludes from stands before anything is seen. */
export async function saveStudy(
  open: OpenStudy,
  records: readonly CellRecord[],
): Promise<StudyRecord> {
  const record = describeStudy(open, records);
  const measure = measures[open.study.conclude.measure].title;
  const conclusions = record.conclusions.map((each) => {
    return { ...each, measure: measures[each.measure].title };
  });
  const { aim: numbers, images } = record.conclude;
  const aim = numbers && describeAim(numbers, images);
  const html = renderStudy({ ...record, conclusions, measure, aim, softwareVersion: version });
  await writeStudy(open.folder, record, { html, names: nameBenchmark(open.base) });
  return record;
}

/** The base plan's model and data by the last part of their names: paths of a machine are nobody else's. */
function nameBenchmark({ plan, basePath }: OpenStudy['base']): BenchmarkNames {
  const { root, manifest } = plan.data;
  const last = (name: string) => basename(resolveName(basePath, name));
  const data = manifest === undefined ? last(root) : parse(last(manifest)).name;
  return { model: last(plan.model), data };
}

/** The exit code of a study that stands so. */
export function chooseExitCode({ cells }: StudyRecord): number {
  if (cells.some(({ state }) => state === 'failed')) return exitCodes.failure;
  return cells.every(({ state }) => state === 'finished') ? exitCodes.ok : exitCodes.interrupted;
}
