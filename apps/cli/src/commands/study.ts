import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import type { ControllerServiceClient } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  type Cell,
  type CellRecord,
  readCell,
  requireSameStudy,
  type StudyRecord,
} from '@holdfast/study';
import { type Command, Option } from 'commander';
import {
  addControllerOptions,
  type ControllerOptions,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { parseCount } from '../parse-option.js';
import { shortenPath } from '../shorten-path.js';
import { checkStudy } from '../study/check-study.js';
import { formatStudy } from '../study/format-study.js';
import { createNotesView } from '../study/notes-view.js';
import { type OpenStudy, openStudy } from '../study/open-study.js';
import { runCell } from '../study/run-cell.js';
import { runCellApart } from '../study/run-cell-apart.js';
import { chooseExitCode, runCells, type StudyRunner, saveStudy } from '../study/run-study.js';
import { withHosted } from '../study/with-hosted.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { createRunView } from '../watch/create-run-view.js';
import { addMachineOptions, chooseLimits, type EngineOptions } from './run.js';

interface StudyOptions extends EngineOptions, ControllerOptions {
  readonly folder?: string;
  readonly concurrent?: number;
  readonly check?: boolean;
}

/** Fewer than a controller's queue takes by default. */
const concurrencyMax = 64;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} study examples/gtsrb/study.yaml
  ${holdfast} study study.yaml --check
  ${holdfast} study study.yaml --folder studies/shift --concurrent 4 --threads 2
  ${holdfast} study study.yaml --controller 127.0.0.1:50050 --concurrent 4
  ${holdfast} study study.yaml --json > study.json

A study names a plan, methods (what each changes in the plan), seeds, and what it will conclude from:

  plan: plan.yaml
  methods:
    retain: {}
    flyp: { method: flyp }
  seeds: [0, 1, 2, 3, 4]
  conclude: { measure: targetGain, margin: 0.02 }

variants, named changes of the plan like methods, are what methods are compared under: how many images train, other data.
Its folder gets study.html, study.csv, study.json and a folder for each run. What is stopped goes on with the same command;
what has ended is not run again. A study releases nothing: each run is judged as if it were the only one.
With --concurrent, threads, memory and image workers are of each run; what nobody said is divided among them.
--check trains nothing, and writes nothing.
Exit code: 0 every run ended, 1 one failed, 130 runs are left: stopped with everything saved, or a process died.`;

/** Adds `holdfast study`. */
export function addStudy(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = addMachineOptions(
    program
      .command('study')
      .summary('run several methods over several seeds, and compare them')
      .description(
        'Runs every method of a study with every seed, target and variant of the plan, and compares them by what the study fixed beforehand.',
      )
      .argument('<study>', 'study to run')
      .option('--folder <folder>', 'folder of the study (default: one for it in ./runs)'),
  )
    .option(
      '--concurrent <count>',
      `runs at a time, each in a process of its own: at most one a processor; with --controller at most ${concurrencyMax}, of which it queues those beyond its --concurrent-runs (default: 1)`,
      parseCount,
    )
    .addOption(
      new Option(
        '--check',
        'check study, plans, model and data, say what is to be run, and end',
      ).conflicts('json'),
    )
    .option('--json', 'print study.json on stdout at the end');
  addControllerOptions(command, '[address]')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (study: string, options: StudyOptions) => {
      onExit(await runStudy(study, options, terminal));
    });
}

async function runStudy(name: string, options: StudyOptions, terminal: Terminal): Promise<number> {
  requireConcurrency(options);
  const open = await openStudy(name, options.folder, terminal);
  await requireSameStudy(open.folder, open);
  const records = await Promise.all(open.cells.map(readCell));
  if (options.check) {
    const lines = await checkStudy(open, records, terminal);
    terminal.output.write(`${lines.join('\n')}\n`);
    return exitCodes.ok;
  }
  // What it concludes from is on disk before the first run.
  const begun = await saveStudy(open, records);
  const isLeft = records.some(({ state }) => state !== 'finished');
  const record = isLeft ? await runLeft(open, records, options, terminal) : begun;
  const { output } = terminal;
  const shown = shortenPath(open.folder, terminal.cwd);
  if (options.json) output.write(`${JSON.stringify(record, null, 2)}\n`);
  else {
    const lines = [
      ...formatStudy(record, output.colors),
      '',
      `report      ${join(shown, 'study.html')}`,
    ];
    output.write(`${lines.join('\n')}\n`);
  }
  const code = chooseExitCode(record);
  if (code === exitCodes.interrupted) {
    const left = record.cells.filter(({ state }) => state !== 'finished').length;
    const going = options.controller === undefined ? '' : ' What the controller works on goes on.';
    terminal.progress.write(
      `Stopped with ${left} of ${record.cells.length} runs left.${going} Run the same command to go on.\n`,
    );
  }
  return code;
}

/** @throws Fault `invalid` if more runs at a time are asked for than a queue takes, or this machine has processors; or each would choose for itself what computes. */
function requireConcurrency(options: StudyOptions): void {
  const { concurrent = 1, controller, executionProvider } = options;
  const isRemote = controller !== undefined;
  const processors = availableParallelism();
  const max = isRemote ? concurrencyMax : processors;
  if (concurrent > max) {
    const why = isRemote ? '' : ', the processors of this machine, without --controller';
    throw new Fault('invalid', `--concurrent is ${concurrent}; it is at most ${max}${why}`);
  }
  if (isRemote || concurrent === 1 || executionProvider !== 'auto') return;
  const message =
    '--execution-provider auto: of several runs at a time each would choose for itself, while the others compute; name one';
  throw new Fault('invalid', message);
}

/** The first interrupt stops the runs that go on here, with everything saved; the second ends this process. */
async function runLeft(
  open: OpenStudy,
  records: readonly CellRecord[],
  options: StudyOptions,
  terminal: Terminal,
): Promise<StudyRecord> {
  const { progress, now } = terminal;
  const abort = new AbortController();
  const stopListening = terminal.onInterrupt(() => {
    if (abort.signal.aborted) return terminal.exit(exitCodes.interrupted);
    progress.write('Stopping, with everything saved. Ctrl-C again stops at once.\n');
    abort.abort();
  });
  const { concurrent: concurrency = 1 } = options;
  const { file, base } = open;
  const isRemote = options.controller !== undefined;
  const limits = chooseLimits(options, base);
  const run = (each: StudyRunner['runCell']) =>
    runCells(open, records, { runCell: each, signal: abort.signal, concurrency }, terminal);
  const createView = ({ name }: Cell) =>
    concurrency === 1
      ? createRunView(progress, now)
      : createNotesView((note) => progress.write(`${name}: ${note}\n`));
  const runWith = (controller: ControllerServiceClient) =>
    run((cell, signal) =>
      runCell(cell, open, { controller, isRemote, signal, createView: () => createView(cell) }),
    );
  try {
    if (isRemote) return await withController(options, terminal, runWith);
    if (concurrency === 1) {
      return await withHosted(limits, join(open.folder, 'runs'), terminal, runWith);
    }
    const shared = { source: { file, base }, limits, processes: concurrency };
    return await run((cell, signal) => runCellApart({ cell, ...shared }, signal, progress));
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'cancelled' || !abort.signal.aborted)
      throw error;
    return saveStudy(open, await Promise.all(open.cells.map(readCell)));
  } finally {
    stopListening();
  }
}
