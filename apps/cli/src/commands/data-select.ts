import { resolve } from 'node:path';
import {
  type DataSource,
  openDataSource,
  type QualityLimits,
  readRows,
  type Selection,
  selectData,
  writeContactSheet,
  writeRows,
} from '@holdfast/curation';
import type { MeasureOptions } from '@holdfast/evaluation';
import { inspectImage } from '@holdfast/image';
import type { Command } from 'commander';
import { formatCount } from '../data/format-inspection.js';
import { createEmbedding, type EmbeddingOptions } from '../data/with-embedding.js';
import { nameCommand } from '../name-command.js';
import { parseCount, parseCountOrNone, parseNumber } from '../parse-option.js';
import { createProviderOption } from '../provider-option.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';
import { withProgress } from '../work/with-work.js';

interface DataSelectOptions extends EmbeddingOptions, QualityLimits {
  readonly model: string;
  readonly count: number;
  readonly byClass?: boolean;
  readonly write: string;
  readonly sheet?: string;
  readonly root?: string;
  readonly seed: number;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data select pool.csv --model models/clip --count 500 --write chosen.csv
  ${holdfast} data select images --model models/clip --count 20 --by-class --side-min 64 --sharpness-min 50 --write chosen.csv

What values of sharpness, brightness and contrast are usual: ${holdfast} data inspect.`;

/** Adds `holdfast data select`. */
export function addDataSelect(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  data
    .command('select')
    .summary('choose images that differ and stand for all')
    .description(
      'Leaves out exact copies and images of bad quality, clusters the others by a model, and writes a manifest of the image nearest to the centre of each cluster.',
    )
    .argument('<data>', 'manifest, or folder with one folder of images a class')
    .requiredOption('--model <folder>', 'CLIP directory to compare images by')
    .requiredOption('--count <number>', 'images to choose', parseCount)
    .requiredOption('--write <csv>', 'manifest to write')
    .option('--by-class', 'so many of each class')
    .option('--sharpness-min <value>', 'least variance of the Laplacian', parseNumber)
    .option('--brightness-min <value>', 'least mean luma, 0 to 255', parseNumber)
    .option('--brightness-max <value>', 'largest mean luma, 0 to 255', parseNumber)
    .option('--contrast-min <value>', 'least deviation of luma', parseNumber)
    .option('--side-min <px>', 'least shorter side', parseNumber)
    .option('--sheet <html>', 'page to write, with the chosen images')
    .option('--root <folder>', "folder that paths start from (default: the manifest's)")
    .option('--seed <number>', 'of the draw', parseCountOrNone, 0)
    .addOption(createProviderOption())
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: DataSelectOptions) => {
      onExit(await select(name, options, terminal));
    });
}

async function select(
  name: string,
  options: DataSelectOptions,
  terminal: Terminal,
): Promise<number> {
  const { root, write, sheet, count, byClass = false, seed } = options;
  await refuseExistingFile(resolve(terminal.cwd, write), '--write', terminal.cwd);
  if (sheet !== undefined) {
    await refuseExistingFile(resolve(terminal.cwd, sheet), '--sheet', terminal.cwd);
  }
  const source = await openDataSource({ name, root }, terminal.cwd);
  const selection = await withProgress(terminal, async (how) => {
    const embed = createEmbedding(options, terminal, how);
    const found = await selectData(source, {
      ...how,
      count,
      byClass,
      seed,
      limits: options,
      inspect: (path) => inspectImage(path),
      embed: async (samples) => {
        const { images, badImages } = await embed(samples);
        return { matrix: images, badImages };
      },
    });
    const file = { path: resolve(terminal.cwd, write), name: `--write: ${write}` };
    await writeRows(file, source, new Set(found.rows), how.signal);
    if (sheet !== undefined) await writeSheet(sheet, source, found, { how, terminal });
    return found;
  });
  terminal.output.write(`${describeSelection(write, selection).join('\n')}\n`);
  return exitCodes.ok;
}

function describeSelection(write: string, { rows, candidates, leftOut, notes }: Selection) {
  const left = Object.entries(leftOut).filter(([, count]) => count > 0);
  return [
    `${write}: ${formatCount(rows.length)} of ${formatCount(candidates)} different images.`,
    ...(left.length === 0
      ? []
      : [
          `Left out for their quality: ${left.map(([what, count]) => `${formatCount(count)} by ${what}`).join(', ')}.`,
        ]),
    ...notes.map((note) => `note: ${note}`),
  ];
}

async function writeSheet(
  sheet: string,
  source: DataSource,
  { rows, candidates }: Selection,
  { how, terminal }: { how: MeasureOptions; terminal: Terminal },
): Promise<void> {
  const names = await readRows(source, new Set(rows), how.signal);
  const labels = [...new Set([...names.values()].map(({ label }) => label))];
  const planned = {
    title: `Chosen of ${source.name}`,
    summary: [`${rows.length} of ${candidates} different images.`],
    sections: labels.map((label) => ({
      heading: label,
      items: [...names.values()]
        .filter((row) => row.label === label)
        .map(({ path }) => ({ pictures: [{ path }] })),
    })),
    softwareVersion: version,
  };
  const file = { path: resolve(terminal.cwd, sheet), name: `--sheet: ${sheet}` };
  await writeContactSheet(file, planned, source.root, how);
}
