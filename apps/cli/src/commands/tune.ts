import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  countBudget,
  prepareTuning,
  rankTrials,
  type Trial,
  type Tuning,
  tunePlan,
} from '@holdfast/controller';
import type { PlanFile } from '@holdfast/evaluation';
import { Fault, isFault } from '@holdfast/fault';
import { editPlan, withPlanLines } from '@holdfast/plan';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { parseCount } from '../parse-option.js';
import { quoteArgument } from '../quote-argument.js';
import { readPlanFile } from '../read-plan-file.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { shortenPath } from '../shorten-path.js';
import { formatTable } from '../terminal/format-table.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress, withServices } from '../work/with-work.js';
import { chooseLimits, type EngineOptions } from './run.js';

interface TuneOptions extends Pick<EngineOptions, 'threads'> {
  readonly budget?: number;
  readonly folder?: string;
  readonly output?: string;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} tune plan.yaml
  ${holdfast} tune plan.yaml --budget 3000 --output tuned.yaml

Trials see training and steering images only. What is stopped goes on with the same command.`;

/** Adds `holdfast tune`. */
export function addTune(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('tune')
    .summary('try learning rates, shifts and penalties, and write the plan with the best')
    .description(
      'Trains short trials of a plan with other learning rates, shifts and penalty coefficients, compares them on steering images, and writes the plan with the best. No validation or test image is looked at.',
    )
    .argument('<plan>', 'plan to tune')
    .option(
      '--budget <steps>',
      "steps of all trials together (default: twice the plan's)",
      parseCount,
    )
    .option('--folder <folder>', 'where trials are kept (default: one for the plan in ./runs)')
    .option(
      '--output <plan>',
      'plan to write, in the same folder as the plan (default: <plan>.tuned.yaml)',
    )
    .option(
      '--threads <n>',
      "threads of the engine (default: the plan's, else all cores, at most 4)",
      parseCount,
    )
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: TuneOptions) => {
      onExit(await tune(plan, options, terminal));
    });
}

async function tune(name: string, options: TuneOptions, terminal: Terminal): Promise<number> {
  const { cwd, output, environment } = terminal;
  const file = await readPlanFile(name, terminal);
  const stem = basename(name, extname(name));
  const path = resolve(cwd, options.folder ?? join('runs', `${stem}-tuning`));
  const folder = dirname(resolve(cwd, name));
  const written = resolve(folder, options.output ?? `${stem}.tuned.yaml`);
  if (dirname(written) !== folder) {
    const message = `--output: the plan's paths start from ${folder}; name a file in that folder`;
    throw new Fault('invalid', message);
  }
  await refuseExistingFile(written, '--output', cwd);
  const trials = await runTrials(file, path, options, terminal).catch((error: unknown) => {
    if (!isFault(error) || error.kind !== 'cancelled') throw error;
    const kept = `stopped; the trials that ended are kept in ${shortenPath(path, cwd)}`;
    throw new Fault('cancelled', `${kept}. Run the same command to go on`, { cause: error });
  });
  const longest = Math.max(...trials.map(({ steps }) => steps));
  const best = rankTrials(trials.filter(({ steps }) => steps === longest))[0]!;
  if (best.score === Number.NEGATIVE_INFINITY) {
    throw new Fault('diverged', 'every trial diverged; give a smaller training.learningRate');
  }
  const { learningRate, shift, penaltyCoefficient } = best.settings;
  // What was not varied stays as it is written: a plan without constraints has no place for a penalty.
  const edits = fields.filter(
    ({ key }) => new Set(trials.map(({ settings }) => settings[key])).size > 1,
  );
  const text = editPlan(
    file.text,
    edits.map(({ key, path }) => ({ path, value: best.settings[key] })),
  );
  await writeFile(written, text, { flag: 'wx' });
  const shown = shortenPath(written, cwd);
  output.write(
    `${[
      ...formatTrials(trials, terminal),
      '',
      `${shown}: learning rate ${learningRate}, shift ${shift}, penalty coefficient ${penaltyCoefficient}`,
      `Next: ${nameCommand(environment)} run ${quoteArgument(shown)}`,
    ].join('\n')}\n`,
  );
  return exitCodes.ok;
}

/** Where the numbers of a trial stand in a plan. */
const fields = [
  { key: 'learningRate', path: ['training', 'learningRate'] },
  { key: 'shift', path: ['training', 'augmentation', 'shift'] },
  { key: 'penaltyCoefficient', path: ['constraints', 'penaltyCoefficient'] },
] as const;

function runTrials(
  file: PlanFile,
  path: string,
  options: TuneOptions,
  terminal: Terminal,
): Promise<Trial[]> {
  return withProgress(terminal, async ({ signal, onProgress }) => {
    const tuning = await withPlanLines(file, () =>
      prepareTuning(file.plan, file.basePath, options.budget, {
        signal,
        onProgress: ({ done, total }) => onProgress('reading data', done, total),
      }),
    );
    terminal.output.write(`${describeBudget(tuning)}\n`);
    return withServices(terminal, chooseLimits(options, file), (clients) =>
      tunePlan(tuning, { clients, path, signal, onStep: onProgress }),
    );
  });
}

function describeBudget({ rungs, plan }: Tuning): string {
  const parts = rungs.map(({ trials, steps }) => `${trials} trials of ${steps} steps`);
  return `${parts.join(', then ')}: ${countBudget(rungs)} steps in all; a run of this plan takes ${plan.training.steps}`;
}

function formatTrials(trials: readonly Trial[], { output }: Terminal): string[] {
  const points = (value: number) => `${value >= 0 ? '+' : ''}${(100 * value).toFixed(1)}`;
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = trials.map(({ steps, settings, measurement, score }) => [
    String(steps),
    String(settings.learningRate),
    String(settings.shift),
    String(settings.penaltyCoefficient),
    ...(measurement === undefined
      ? ['diverged', '', '']
      : [
          points(measurement.targetChange),
          points(Math.min(...measurement.protectedChanges.map(({ change }) => change))),
          points(score),
        ]),
  ]);
  const titles = ['steps', 'learning rate', 'shift', 'penalty', 'target', 'worst', 'score'];
  return formatTable(titles.map(right), rows, output.colors.dim);
}
