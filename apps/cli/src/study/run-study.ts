import { Fault } from '@holdfast/fault';
import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import { renderStudy } from '@holdfast/report';
import {
  type Cell,
  type CellRecord,
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
import { type CellRunner, runCell } from './run-cell.js';

/**
 * Runs what is left of a study, one run after another, and writes what is known after each. A run that fails is noted, and
 * the next one has its turn; one that fails before its first step ends the study, for the next would fail as it did.
 *
 * @returns what is known at the end, or when it was stopped
 */
export async function runCells(
  open: OpenStudy,
  records: readonly CellRecord[],
  runner: CellRunner,
  terminal: Terminal,
): Promise<StudyRecord> {
  const { cells } = open;
  const { progress } = terminal;
  const known = [...records];
  const left = cells.filter((_, index) => known[index]!.state !== 'finished');
  const beganMs = terminal.now();
  for (const [done, cell] of left.entries()) {
    if (runner.signal.aborted) break;
    const index = cells.indexOf(cell);
    const restSeconds = done && ((terminal.now() - beganMs) / done / 1000) * (left.length - done);
    const rest = done === 0 ? '' : `, about ${formatDuration(restSeconds)} left`;
    progress.write(`Run ${index + 1} of ${cells.length}: ${cell.name}${rest}\n`);
    const run = await runCell(cell, open, runner, terminal);
    const record = await readCell(cell);
    known[index] = record;
    if (run === undefined) break;
    refuseUnseen(run, record, cell);
    await saveStudy(open, known);
    if (record.state === 'failed' && (run.progress?.step ?? 0) === 0) {
      throw new Fault(
        'precondition',
        `${cell.name} failed before its first step: ${record.failure}`,
      );
    }
    if (record.state === 'finished' || record.state === 'failed') {
      progress.write(`${formatCell(record, cells)}\n`);
    } else if (!runner.signal.aborted) {
      throw new Fault(
        'cancelled',
        `${cell.name} was cancelled by someone else; run the same command to go on`,
      );
    }
  }
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
  await writeStudy(
    open.folder,
    record,
    renderStudy({ ...record, measure, softwareVersion: version }),
  );
  return record;
}

/** The exit code of a study that stands so. */
export function chooseExitCode({ cells }: StudyRecord): number {
  if (cells.some(({ state }) => state === 'failed')) return exitCodes.failure;
  return cells.every(({ state }) => state === 'finished') ? exitCodes.ok : exitCodes.interrupted;
}
