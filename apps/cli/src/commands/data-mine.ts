import { resolve } from 'node:path';
import {
  type DataSource,
  hasPairLabels,
  importPairs,
  type Mined,
  mineData,
  openDataSource,
  readRows,
  writeContactSheet,
  writeMined,
} from '@holdfast/curation';
import type { MeasureOptions } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import type { Command } from 'commander';
import { formatCount } from '../data/format-inspection.js';
import { createEmbedding, type EmbeddingOptions } from '../data/with-embedding.js';
import { nameCommand } from '../name-command.js';
import { parseCount, parseCountOrNone } from '../parse-option.js';
import { createProviderOption } from '../provider-option.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';
import { withProgress } from '../work/with-work.js';

interface DataMineOptions extends EmbeddingOptions {
  readonly class: string;
  readonly keywords?: readonly string[];
  readonly without?: readonly string[];
  readonly prompt?: string;
  readonly positives: number;
  readonly negatives: number;
  readonly write: string;
  readonly sheet?: string;
  readonly root?: string;
  readonly seed: number;
}

/** Pairs of each kind on the sheet. */
const shownMax = 200;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data mine pool.csv --class tunnel --keywords tunnel underpass --without "tunnel vision" --model models/clip --write tunnel.csv
  ${holdfast} data mine foggy.csv --class foggy --write pairs.csv      (foggy.csv has filepath,title,slabel)

A pool is a CSV of path,label or filepath,title, whose labels are captions.`;

/** Adds `holdfast data mine`. */
export function addDataMine(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  data
    .command('mine')
    .summary('find target and negative pairs in a captioned pool')
    .description(
      'Finds images of a class in a captioned pool: those whose caption has a keyword and that a model finds nearer to the prompt than nearly all others. Negatives are drawn from the others. Without keywords, imports a CSV with the column slabel.',
    )
    .argument('<pool>', 'CSV with path,label or filepath,title')
    .requiredOption('--class <name>', 'label of what is looked for')
    .requiredOption('--write <csv>', 'manifest to write')
    .option('--keywords <words...>', 'words or phrases, any of which the caption must have')
    .option('--without <words...>', 'words or phrases, none of which it may have')
    .option('--model <folder>', 'CLIP directory that compares images with the prompt')
    .option('--prompt <text>', 'what the image is compared with (default: "a photo of a <class>.")')
    .option('--positives <number>', 'pairs of the class at the most', parseCount, 1000)
    .option('--negatives <number>', 'pairs of other things at the most', parseCountOrNone, 1000)
    .option('--sheet <html>', 'page to write, with what was found')
    .option('--root <folder>', "folder that paths start from (default: the pool's)")
    .option('--seed <number>', 'of the draw', parseCountOrNone, 0)
    .addOption(createProviderOption())
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: DataMineOptions) => {
      onExit(await mine(name, options, terminal));
    });
}

async function mine(name: string, options: DataMineOptions, terminal: Terminal): Promise<number> {
  const { root, write, keywords, model, sheet } = options;
  await refuseExistingFile(resolve(terminal.cwd, write), '--write', terminal.cwd);
  if (sheet !== undefined) {
    await refuseExistingFile(resolve(terminal.cwd, sheet), '--sheet', terminal.cwd);
  }
  const source = await openDataSource({ name, root }, terminal.cwd);
  const file = { path: resolve(terminal.cwd, write), name: `--write: ${write}` };
  if (keywords === undefined) {
    requirePairLabels(source);
    const { positives, negatives } = await withProgress(terminal, ({ signal }) =>
      importPairs(file, source, options.class, signal),
    );
    terminal.output.write(
      `${write}: ${formatCount(positives)} pairs of "${options.class}", ${formatCount(negatives)} negatives.\n`,
    );
    return exitCodes.ok;
  }
  if (model === undefined) {
    throw new Fault(
      'invalid',
      '--model: captions are often wrong; name a model that looks at the images',
    );
  }
  const mined = await withProgress(terminal, async (how) => {
    const found = await minePool(source, { ...options, keywords, model }, { how, terminal });
    await writeMined(file, source, found, options.class, how.signal);
    if (sheet !== undefined) {
      await writeSheet(sheet, source, found, { options, how, terminal });
    }
    return found;
  });
  terminal.output.write(`${describeMined(options, mined).join('\n')}\n`);
  return exitCodes.ok;
}

function requirePairLabels(source: DataSource): void {
  if (hasPairLabels(source)) return;
  throw new Fault(
    'invalid',
    `${source.name} has no column slabel to import: name --keywords to look for in its captions`,
  );
}

function minePool(
  source: DataSource,
  options: DataMineOptions & { readonly keywords: readonly string[]; readonly model: string },
  { how, terminal }: { how: MeasureOptions; terminal: Terminal },
): Promise<Mined> {
  const { keywords, without = [], positives, negatives, seed } = options;
  const { prompt = `a photo of a ${options.class}.` } = options;
  const embed = createEmbedding(options, terminal, how);
  return mineData(source, {
    ...how,
    keywords: { any: keywords, none: without },
    positives,
    negatives,
    seed,
    embed: async (samples) => {
      const { images, texts, badImages } = await embed(samples, [prompt]);
      return { matrix: images, prompt: texts, badImages };
    },
  });
}

function describeMined(
  { write, class: name }: DataMineOptions,
  { positives, negatives, matched, cosineMin, notes }: Mined,
): string[] {
  return [
    `${write}: ${formatCount(positives.length)} pairs of "${name}", ${formatCount(negatives.length)} negatives.`,
    `Of ${formatCount(matched)} images whose caption has a keyword, these are nearer to the prompt than 95 % of the others (cosine above ${cosineMin.toFixed(3)}).`,
    ...notes.map((note) => `note: ${note}`),
  ];
}

async function writeSheet(
  sheet: string,
  source: DataSource,
  { positives, negatives }: Mined,
  { options, how, terminal }: { options: DataMineOptions; how: MeasureOptions; terminal: Terminal },
): Promise<void> {
  const shown = [positives, negatives].map((rows) => rows.slice(0, shownMax));
  const names = await readRows(source, new Set(shown.flat().map(({ row }) => row)), how.signal);
  const planItems = (rows: Mined['positives'] = []) =>
    rows.map(({ row, cosine }) => {
      const { path, label } = names.get(row)!;
      return { pictures: [{ path, caption: cosine.toFixed(3) }], caption: label };
    });
  const planned = {
    title: `${options.class} in ${source.name}`,
    summary: ['Each with its cosine to the prompt, and its caption.'],
    sections: [
      { heading: options.class, total: positives.length, items: planItems(shown[0]) },
      { heading: `not ${options.class}`, total: negatives.length, items: planItems(shown[1]) },
    ],
    softwareVersion: version,
  };
  const file = { path: resolve(terminal.cwd, sheet), name: `--sheet: ${sheet}` };
  await writeContactSheet(file, planned, source.root, how);
}
