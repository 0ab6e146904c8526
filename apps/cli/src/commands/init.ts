import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { openClipDirectory } from '@holdfast/clip';
import { listClasses, loadDataset } from '@holdfast/dataset';
import { findDecidableTolerance, noteThinEvidence, resolveTasks } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import {
  findNearestName,
  type PlanTemplateSettings,
  parsePlan,
  planTemplate,
} from '@holdfast/plan';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { quoteArgument } from '../quote-argument.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';

interface InitOptions {
  readonly model: string;
  readonly data: string;
  readonly manifest?: string;
  readonly target?: string;
  readonly output: string;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} init --model models/clip --data images --target foggy
  ${holdfast} init --model models/clip --data images --manifest images/labels.csv --target foggy

The data are a folder with one folder of images per class, or a CSV with the columns path,label and,
where known, group and role.`;

/** Adds `holdfast init`. */
export function addInit(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('init')
    .summary('write a commented plan for your model and images')
    .description('Reads your model and images, and writes a commented plan for them.')
    .requiredOption('--model <folder>', 'CLIP directory to improve')
    .requiredOption('--data <folder>', 'folder of images')
    .option(
      '--manifest <csv>',
      'CSV that names the images, where they are not in one folder per class',
    )
    .option('--target <class>', 'class to improve (default: the first; needed with --manifest)')
    .option('--output <plan>', 'file to write', 'plan.yaml')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (options: InitOptions) => {
      onExit(await writePlan(options, terminal));
    });
}

async function writePlan(options: InitOptions, terminal: Terminal): Promise<number> {
  const { cwd, output, environment } = terminal;
  const command = nameCommand(environment);
  const path = resolve(cwd, options.output);
  await refuseExisting(path, options.output);
  await access(dirname(path), constants.W_OK).catch((cause) => refuseUnwritable(path, cause));
  const model = resolve(cwd, options.model);
  const root = resolve(cwd, options.data);
  const manifest = options.manifest === undefined ? undefined : resolve(cwd, options.manifest);
  const targetClass = await chooseTarget(root, options);
  await openClipDirectory(model);
  const dataset = await withProgress(terminal, ({ signal, onProgress }) =>
    loadDataset({
      root,
      manifest,
      split: { steering: 0.2, validation: 0.3, seed: 0 },
      targetClasses: [targetClass],
      signal,
      onProgress: ({ done, total }) => onProgress('reading data', done, total),
    }),
  );
  const from = (target: string) => relative(dirname(path), target).split(sep).join('/') || '.';
  const { classes, samples } = dataset;
  const settings: PlanTemplateSettings = {
    model: from(model),
    root: from(root),
    manifest: manifest === undefined ? undefined : from(manifest),
    classes,
    targetClass,
    command,
  };
  const plan = parsePlan(planTemplate(settings), options.output);
  const data = { dataset, tasks: resolveTasks(plan, classes) };
  const text = planTemplate({
    ...settings,
    decidableTolerance: findDecidableTolerance(plan, data),
  });
  // `wx`: a plan that someone wrote in the meantime is not lost.
  await writeFile(path, text, { flag: 'wx' }).catch((cause) => refuseUnwritable(path, cause));
  const guess = options.target === undefined ? ' (the first class; change it if it is not)' : '';
  const others = classes.length === 2 ? '1 class' : `${classes.length - 1} classes`;
  const lines = [
    `${options.output}: improve ${targetClass}${guess}, protect ${others}, ${samples.length} images.`,
    ...noteThinEvidence(plan, data).map((note) => `note: ${note}`),
    `Next: ${command} plan check ${quoteArgument(options.output)}`,
  ];
  output.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

async function refuseExisting(path: string, name: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  throw new Fault('precondition', `${name} exists; remove it or name another with --output`);
}

/** Says which folder the plan cannot be written in, and why. */
function refuseUnwritable(path: string, cause: NodeJS.ErrnoException): never {
  const folder = dirname(path);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no folder ${folder}: make it`,
    ENOTDIR: `${folder} is not a folder: name another place`,
    EACCES: `you may not write in ${folder}: ask for the right`,
    EPERM: `you may not write in ${folder}: ask for the right`,
    EROFS: `${folder} is on a file system that is read-only: name another place`,
    ENOSPC: `the disk of ${folder} is full: free some space`,
  };
  const reason = reasons[cause.code ?? ''] ?? `${folder} cannot be written in (${cause.code})`;
  throw new Fault('precondition', `the plan cannot be written: ${reason}, or give --output`, {
    cause,
  });
}

async function chooseTarget(
  root: string,
  { target, manifest, data }: InitOptions,
): Promise<string> {
  if (manifest !== undefined) {
    if (target !== undefined) return target;
    throw new Fault('invalid', '--target is needed with --manifest: name the class to improve');
  }
  await requireFolder(root, data);
  const classes = await listClasses(root);
  const chosen = target ?? classes[0];
  if (chosen === undefined) {
    throw new Fault('invalid', `--data: ${data} has no folders of images; name a --manifest`);
  }
  if (classes.includes(chosen)) return chosen;
  const nearest = findNearestName(chosen, classes);
  const help = nearest ? `did you mean "${nearest}"?` : `its classes are ${classes.join(', ')}`;
  throw new Fault('invalid', `--target: ${data} has no class "${chosen}"; ${help}`);
}

async function requireFolder(root: string, data: string): Promise<void> {
  const info = await stat(root).catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `--data: ${describeUnreadable(data, cause)}`, { cause });
  });
  if (info.isDirectory()) return;
  throw new Fault('invalid', `--data: ${data} is a file; name the folder that holds your images`);
}

function describeUnreadable(data: string, { code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT')
    return `there is no folder ${data}; name the folder that holds your images`;
  return `the folder ${data} cannot be read (${code})`;
}
