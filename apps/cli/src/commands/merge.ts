import { resolveName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type MergeMethod, type MergeRecord, mergeModels } from '@holdfast/merge';
import { type Command, Option } from 'commander';
import { refuseExistingFolder } from '../candidate/refuse-existing-folder.js';
import { nameCommand } from '../name-command.js';
import { parseCountOrNone, parseFraction, parseNumber, parseNumbers } from '../parse-option.js';
import { quoteArgument } from '../quote-argument.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';

interface MergeOptions {
  readonly base: string;
  readonly output: string;
  readonly method: MergeMethod['name'];
  readonly weights?: readonly number[];
  readonly scale: number;
  readonly density?: number;
  readonly seed?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} merge runs/fog/candidate runs/snow/candidate --base models/clip --output models/merged
  ${holdfast} merge runs/fog/candidate --base models/clip --scale 0.5 --output models/halfway
  ${holdfast} merge runs/fog/candidate --base models/clip --method lines --alpha 0.2 --output models/lines
  ${holdfast} merge a b c --base models/clip --method ties --density 0.2 --output models/ties
  ${holdfast} merge a b --base models/clip --method dare --density 0.1 --seed 7 --output models/dare

With w_old the base and tau_i = w_i - w_old the change of each model:
  linear  w_old + scale sum_i weight_i tau_i
  ties    tau_i without all but the largest changes (density, of the whole model); of each number, the
          mean by weight of the changes that have the sign of their sum
  dare    linear, of tau_i whose numbers were dropped at random but for a share (density), the rest
          divided by it
  lines   linear, times alpha + beta d, where d is how deep in its tower a number lies: 0 before the
          blocks, 1 behind them

Nothing has judged what is written; the output ends with the command that does. merge.json in it says
what it was made of. Models with task-dependent heads are refused.`;

/** Adds `holdfast merge`. */
export function addMerge(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('merge')
    .summary('merge models that were fine-tuned from one base')
    .description(
      'Merges the changes of models that were fine-tuned from one base (task arithmetic, TIES, DARE, LiNeS), and writes a model like the base.',
    )
    .argument('<model...>', 'CLIP directories of the models')
    .requiredOption('--base <old>', 'CLIP directory that they were fine-tuned from')
    .requiredOption('--output <folder>', 'folder to make')
    .addOption(
      new Option('--method <method>', 'how changes are merged')
        .choices(['linear', 'ties', 'dare', 'lines'])
        .default('linear'),
    )
    .option(
      '--weights <numbers>',
      'weight of each model, in their order, like 0.7,0.3 (default: one over their number)',
      parseNumbers,
    )
    .option('--scale <number>', 'what the merged change is multiplied by', parseNumber, 1)
    .option(
      '--density <fraction>',
      'share of the changes to keep (default: 0.2 of ties, 0.1 of dare)',
      parseFraction,
    )
    .option('--seed <number>', 'what dare keeps (default: 0)', parseCountOrNone)
    .option('--alpha <number>', 'of lines: scale before the blocks (default: 0)', parseNumber)
    .option(
      '--beta <number>',
      'of lines: what the scale gains up to the end of a tower (default: 1 - alpha)',
      parseNumber,
    )
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (models: readonly string[], options: MergeOptions) => {
      onExit(await merge(models, options, terminal));
    });
}

async function merge(
  names: readonly string[],
  options: MergeOptions,
  terminal: Terminal,
): Promise<number> {
  const { cwd, output } = terminal;
  const method = readMethod(options);
  const weights = options.weights ?? names.map(() => 1 / names.length);
  if (weights.length !== names.length) {
    throw new Fault(
      'invalid',
      `--weights: ${weights.length} for ${names.length} models; write one for each, in their order`,
    );
  }
  const target = resolveName(cwd, options.output);
  await refuseExistingFolder(target, options.output);
  const name = (source: string) => ({ path: resolveName(cwd, source), name: source });
  const record = await withProgress(terminal, ({ signal, onProgress }) =>
    mergeModels({
      base: name(options.base),
      models: names.map((source, i) => ({ ...name(source), weight: weights[i]! })),
      method,
      scale: options.scale,
      target,
      signal,
      onProgress: (done, total) => onProgress('merging', done, total),
    }),
  );
  output.write(
    options.json
      ? `${JSON.stringify(record, null, 2)}\n`
      : format(record, shortenPath(target, cwd), terminal),
  );
  return exitCodes.ok;
}

/** Options that a method knows; the others are refused. */
const known: Readonly<Record<MergeMethod['name'], readonly (keyof MergeOptions)[]>> = {
  linear: [],
  ties: ['density'],
  dare: ['density', 'seed'],
  lines: ['alpha', 'beta'],
};

function readMethod(options: MergeOptions): MergeMethod {
  const { method: name, density, seed = 0, alpha = 0 } = options;
  for (const option of ['density', 'seed', 'alpha', 'beta'] as const) {
    if (options[option] === undefined || known[name].includes(option)) continue;
    const methods = Object.entries(known).filter(([, names]) => names.includes(option));
    const others = methods.map(([other]) => other).join(' or ');
    throw new Fault('invalid', `--${option} is about ${others}, not ${name}: leave it out`);
  }
  switch (name) {
    case 'linear':
      return { name };
    case 'ties':
      // What the paper takes where there is nothing to choose by.
      return { name, density: density ?? 0.2 };
    case 'dare':
      // The paper drops nine tenths.
      return { name, density: density ?? 0.1, seed };
    case 'lines':
      // The deepest change is kept whole.
      return { name, alpha, beta: options.beta ?? Math.max(0, 1 - alpha) };
  }
}

function format(record: MergeRecord, path: string, { environment }: Terminal): string {
  const { method, scale, base, models, sha256, notes } = record;
  const { name, ...numbers } = method;
  const said = Object.entries({ ...numbers, scale }).map(([key, value]) => `${key} ${value}`);
  const gate = ['gate', base.path, path].map(quoteArgument).join(' ');
  const lines = [
    `${path}: ${base.path} with the changes of ${models.length === 1 ? 'a model' : `${models.length} models`}, ${name}, ${said.join(', ')}`,
    ...models.map((model) => `  ${model.path}  weight ${Number(model.weight.toPrecision(4))}`),
    `weights  sha256 ${sha256}`,
    ...notes.map((note) => `note: ${note}`),
    `Nothing has judged it. Next: ${nameCommand(environment)} ${gate} --tasks <plan>`,
  ];
  return `${lines.join('\n')}\n`;
}
