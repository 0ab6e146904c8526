import { resolve } from 'node:path';
import {
  countLeaks,
  type Inspected,
  inspectData,
  openDataSource,
  planInspectionSheet,
  writeContactSheet,
} from '@holdfast/curation';
import type { MeasureOptions } from '@holdfast/evaluation';
import { inspectImage } from '@holdfast/image';
import { type Command, Option } from 'commander';
import { addNearOptions, type NearOptions, readNearOptions } from '../data/embed-option.js';
import { formatInspection } from '../data/format-inspection.js';
import { nameCommand } from '../name-command.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';
import { withProgress } from '../work/with-work.js';

interface DataInspectOptions extends NearOptions {
  readonly root?: string;
  readonly group?: string;
  readonly sheet?: string;
  readonly fast?: boolean;
  readonly allowNear?: boolean;
  readonly json?: boolean;
}

/** Images of each class on the sheet. */
const samplesPerClass = 8;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data inspect images/labels.csv
  ${holdfast} data inspect images --sheet look.html
  ${holdfast} data inspect labels.csv --root images --model models/clip --near 0.97
  ${holdfast} data inspect labels.csv --near-distance 2 --allow-near
  ${holdfast} data inspect labels.csv --fast --json

Exit code 1 where there is no row, rows cannot be used or images leak between uses, as a group, an exact copy or, without
--allow-near, a near duplicate. --fast reads the manifest and looks
for the files, and does not open them: a million rows in less than a minute.`;

/** Adds `holdfast data inspect`. */
export function addDataInspect(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = data
    .command('inspect')
    .summary('count, find copies and leaks, measure quality, and show images on a page')
    .description(
      'Counts a manifest or an image folder by class, use, group and other columns; finds images that are missing or cannot be decoded, exact and near duplicates, and what leaks between uses; measures sharpness, brightness, contrast and size.',
    )
    .argument('<data>', 'manifest, or folder with one folder of images a class')
    .option('--root <folder>', "folder that paths start from (default: the manifest's)")
    .option('--group <column>', 'column that names groups (default: group)')
    .option(
      '--sheet <html>',
      'page to write, with leaks, copies, outliers and some images of each class',
    )
    .addOption(new Option('--fast', 'do not open the images').conflicts(['model', 'sheet']))
    .option('--allow-near', 'end well though near duplicates leak: they were looked at')
    .option('--json', 'print what was found as JSON');
  addNearOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: DataInspectOptions) => {
      onExit(await inspect(name, options, terminal));
    });
}

async function inspect(
  name: string,
  options: DataInspectOptions,
  terminal: Terminal,
): Promise<number> {
  const { root, group, fast = false, allowNear = false, sheet, json = false } = options;
  if (sheet !== undefined) {
    await refuseExistingFile(resolve(terminal.cwd, sheet), '--sheet', terminal.cwd);
  }
  const source = await openDataSource({ name, root, group }, terminal.cwd);
  const { inspection } = await withProgress(terminal, async (how) => {
    const inspected = await inspectData(source, {
      ...how,
      inspect: fast ? undefined : (path) => inspectImage(path),
      embed: readNearOptions(options, terminal, how),
      distanceMax: options.nearDistance,
      samplesPerClass: sheet === undefined ? 0 : samplesPerClass,
    });
    if (sheet !== undefined)
      await writeSheet(sheet, inspected, { name, root: source.root, how, terminal });
    return inspected;
  });
  terminal.output.write(
    json
      ? `${JSON.stringify({ schema: 'holdfast.inspection/1', data: name, ...inspection }, null, 2)}\n`
      : formatInspection(name, inspection, terminal),
  );
  const allowed = allowNear ? (inspection.near?.leaks.count ?? 0) : 0;
  if (inspection.rows === 0) terminal.progress.write(`error: ${name} names no image\n`);
  const isWhole = inspection.images === inspection.rows && inspection.rows > 0;
  const isSound = isWhole && countLeaks(inspection) === allowed;
  return isSound ? exitCodes.ok : exitCodes.failure;
}

async function writeSheet(
  sheet: string,
  inspected: Inspected,
  {
    name,
    root,
    how,
    terminal,
  }: { name: string; root: string; how: MeasureOptions; terminal: Terminal },
): Promise<void> {
  const { images, classes, groups } = inspected.inspection;
  const file = { path: resolve(terminal.cwd, sheet), name: `--sheet: ${sheet}` };
  const planned = {
    title: name,
    summary: [`${images} images of ${classes.length} classes in ${groups} groups.`],
    sections: planInspectionSheet(inspected),
    softwareVersion: version,
  };
  await writeContactSheet(file, planned, root, how);
}
