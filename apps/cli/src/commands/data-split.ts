import { relative, resolve } from 'node:path';
import {
  openDataSource,
  type SplitData,
  splitData,
  splitParts,
  writeSplit,
} from '@holdfast/curation';
import { inspectImage } from '@holdfast/image';
import { type Command, Option } from 'commander';
import { addNearOptions, type NearOptions, readNearOptions } from '../data/embed-option.js';
import { formatCount } from '../data/format-inspection.js';
import { nameCommand } from '../name-command.js';
import { parseCountOrNone, parseFraction } from '../parse-option.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { formatTable } from '../terminal/format-table.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';

interface DataSplitOptions extends NearOptions {
  readonly write: string;
  readonly root?: string;
  readonly group?: string;
  readonly val: number;
  readonly test: number;
  readonly by?: readonly string[];
  readonly seed: number;
  readonly fast?: boolean;
}

/** Strata and imbalances that are shown. */
const shownMax = 60;
const unbalancedMax = 20;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data split images --write images/split.csv
  ${holdfast} data split labels.csv --group drive --by weather time --write split.csv
  ${holdfast} data split labels.csv --val 0.3 --test 0.2 --seed 1 --model models/clip --write split.csv

No group, no exact copy and no near duplicate is in two parts. Rows that have a split keep it.`;

/** Adds `holdfast data split`. */
export function addDataSplit(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = data
    .command('split')
    .summary('divide data into train, val and test without leaks, class by class')
    .description(
      'Divides a manifest or an image folder into train, val and test: groups, exact copies and near duplicates stay together, and each part has its share of every class. Writes a manifest that a plan reads.',
    )
    .argument('<data>', 'manifest, or folder with one folder of images a class')
    .requiredOption('--write <csv>', 'manifest to write')
    .option('--root <folder>', "folder that paths start from (default: the manifest's)")
    .option('--group <column>', 'column that names groups (default: group)')
    .option('--val <share>', 'share that steers and validates', parseFraction, 0.25)
    .option('--test <share>', 'share that tests', parseFraction, 0.15)
    .option('--by <columns...>', 'columns whose values are balanced, too')
    .option('--seed <number>', 'of the draw', parseCountOrNone, 0)
    .addOption(
      new Option('--fast', 'do not open the images: groups alone stay together').conflicts('model'),
    );
  addNearOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: DataSplitOptions) => {
      onExit(await split(name, options, terminal));
    });
}

async function split(name: string, options: DataSplitOptions, terminal: Terminal): Promise<number> {
  const { root, group, write, fast = false, by = [] } = options;
  await refuseExistingFile(resolve(terminal.cwd, write), '--write', terminal.cwd);
  const source = await openDataSource({ name, root, group }, terminal.cwd);
  const file = { path: resolve(terminal.cwd, write), name: `--write: ${write}` };
  const divided = await withProgress(terminal, async (how) => {
    const found = await splitData(source, {
      ...how,
      val: options.val,
      test: options.test,
      seed: options.seed,
      by,
      inspect: fast ? undefined : (path) => inspectImage(path),
      embed: readNearOptions(options, terminal, how),
      distanceMax: options.nearDistance,
    });
    await writeSplit(file, source, found, how.signal);
    return found;
  });
  const lines = [
    ...formatSplit(divided, terminal),
    `${write}: set data.root: ${relative(terminal.cwd, source.root) || '.'} and data.manifest: ${write} in a plan, each from its folder.`,
  ];
  terminal.output.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

function formatSplit(
  { partOf, units, balance, notes }: SplitData,
  { output }: Pick<Terminal, 'output'>,
): string[] {
  const { strata, unbalanced } = balance;
  const unused = partOf.reduce((sum, part) => sum + (part === 0 ? 1 : 0), 0);
  const rows = strata
    .slice(0, shownMax)
    .map(({ name, images, units: groups }) => [
      name,
      ...splitParts.map(
        (_, part) => `${formatCount(images[part]!)} / ${formatCount(groups[part]!)}`,
      ),
    ]);
  const columns = [
    { title: 'images / groups' },
    ...splitParts.map((title) => ({ title, align: 'right' as const })),
  ];
  const { joinedByCopies, joinedByNear, otherLabelPairs } = units;
  return [
    ...formatTable(columns, rows, output.colors.dim),
    ...(strata.length > shownMax ? [`and ${formatCount(strata.length - shownMax)} more`] : []),
    '',
    ...describeJoined(units),
    ...(unused === 0 ? [] : [`${formatCount(unused)} rows cannot be used and are in no split.`]),
    ...(unbalanced.length === 0 ? [] : ['Not balanced within five points:']),
    ...unbalanced.slice(0, unbalancedMax).map((text) => `  ${text}`),
    ...(unbalanced.length > unbalancedMax
      ? [`  and ${formatCount(unbalanced.length - unbalancedMax)} more`]
      : []),
    ...notes.map((note) => `note: ${note}`),
    ...(otherLabelPairs === 0
      ? []
      : [
          `note: ${formatCount(otherLabelPairs)} pairs of near duplicates have two labels and are not joined: look at them with \`data inspect --sheet\``,
        ]),
    ...(joinedByCopies + joinedByNear > 0
      ? ['note: joined groups have the name of the first']
      : []),
  ];
}

function describeJoined({ unitOf, firstRows, joinedByCopies, joinedByNear }: SplitData['units']) {
  const sizes = new Uint32Array(firstRows.length);
  let used = 0;
  for (const unit of unitOf) {
    if (unit < 0) continue;
    sizes[unit]! += 1;
    used += 1;
  }
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return [
    `${formatCount(firstRows.length)} groups stay together; exact copies joined ${formatCount(joinedByCopies)} to others, near duplicates ${formatCount(joinedByNear)}. The largest has ${formatCount(largest)} of ${formatCount(used)} images.`,
  ];
}
