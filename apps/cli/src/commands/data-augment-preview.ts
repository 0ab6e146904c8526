import { resolve } from 'node:path';
import { resolveName } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import { toAugmentation } from '@holdfast/controller';
import { formatCorruption, isSynthetic, pixelCorruption } from '@holdfast/corruption';
import { type PlannedSection, picturesMax, writeContactSheet } from '@holdfast/curation';
import { compareText, type Dataset, prepareSample, type Sample } from '@holdfast/dataset';
import {
  type MeasureOptions,
  type PlanFile,
  readDistilled,
  readNamedData,
  resolveDraft,
} from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import {
  augmentPixels,
  defaultImageLimits,
  encodePicture,
  type Preprocessing,
} from '@holdfast/image';
import { createRandom } from '@holdfast/random';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { parseCount } from '../parse-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';
import { withProgress } from '../work/with-work.js';

interface AugmentPreviewOptions {
  readonly sheet: string;
  readonly images: number;
  readonly draws: number;
}

/** Synthetic images that are shown for each image of a class: no two are alike. */
const syntheticPerImage = 4;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data augment-preview plan.yaml --sheet augmented.html
  ${holdfast} data augment-preview plan.yaml --images 4 --draws 12 --sheet augmented.html`;

/** Adds `holdfast data augment-preview`. */
export function addDataAugmentPreview(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  data
    .command('augment-preview')
    .summary("show what a plan's augmentation makes of its images")
    .description(
      'Writes a page with images that a plan trains on, synthetic ones included, as the model sees them, and what training.augmentation makes of each.',
    )
    .argument('<plan>', 'plan that names model, data and augmentation')
    .requiredOption('--sheet <html>', 'page to write')
    .option(
      '--images <number>',
      'images of each class, and of each of its corruptions',
      parseCount,
      3,
    )
    .option('--draws <number>', 'draws of each image', parseCount, 6)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: AugmentPreviewOptions) => {
      onExit(await preview(plan, options, terminal));
    });
}

async function preview(
  name: string,
  options: AugmentPreviewOptions,
  terminal: Terminal,
): Promise<number> {
  const { sheet } = options;
  await refuseExistingFile(resolve(terminal.cwd, sheet), '--sheet', terminal.cwd);
  const file = await readPlanFile(name, terminal);
  const count = await withProgress(terminal, async (how) => {
    const model = await openClipDirectory(resolveName(file.basePath, file.plan.model));
    const { preprocessing } = model;
    const data = await readNamedData(file, how, 'train');
    const { plan } = resolveDraft(file.plan, model, data);
    const made = { ...data, drift: undefined, firstIndex: data.dataset.samples.length };
    const synthetic =
      plan.distillation?.unlabelled?.images === undefined
        ? await readDistilled(plan, file.basePath, made)
        : undefined;
    const chosen = [
      ...chooseSamples(data.dataset, options.images),
      ...(synthetic?.samples.slice(0, syntheticPerImage * options.images) ?? []),
    ];
    const pictures = chosen.length * (1 + options.draws);
    if (pictures > picturesMax) {
      throw new Fault(
        'invalid',
        `${chosen.length} images with ${options.draws} draws each are ${pictures} pictures, more than ${picturesMax}: lower --images or --draws`,
      );
    }
    const sections = await drawSections(chosen, file, { ...options, preprocessing, how });
    const target = { path: resolve(terminal.cwd, sheet), name: `--sheet: ${sheet}` };
    const planned = {
      title: `Augmentation of ${name}`,
      summary: ['First as the model sees it without augmentation, then what is drawn.'],
      sections,
      softwareVersion: version,
    };
    await writeContactSheet(target, planned, file.basePath, how);
    return chosen.length;
  });
  terminal.output.write(`${sheet}: ${count} images, ${options.draws} draws of each.\n`);
  return exitCodes.ok;
}

/** Training images of each class, and of each corruption of it, evenly spaced. */
function chooseSamples({ samples }: Dataset, count: number): Sample[] {
  const kinds = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (!sample.roles.some((role) => role === 'target' || role === 'protected')) continue;
    const kind = nameKind(sample);
    const others = kinds.get(kind);
    if (others === undefined) kinds.set(kind, [sample]);
    else others.push(sample);
  }
  return [...kinds]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, ofKind]) => {
      const shown = Math.min(count, ofKind.length);
      return Array.from(
        { length: shown },
        (_, i) => ofKind[Math.floor((i * ofKind.length) / shown)]!,
      );
    });
}

/** `cod`; `cod (fog 3)`; synthetic images are of one kind. */
function nameKind({ label, corruption }: Sample): string {
  if (isSynthetic(corruption)) return 'synthetic images';
  return corruption === undefined ? label : `${label} (${formatCorruption(corruption)})`;
}

async function drawSections(
  samples: readonly Sample[],
  { plan }: PlanFile,
  {
    draws,
    preprocessing,
    how,
  }: AugmentPreviewOptions & { preprocessing: Preprocessing; how: MeasureOptions },
): Promise<PlannedSection[]> {
  const { cropHeight: height, cropWidth: width } = preprocessing;
  const augmentation = toAugmentation(plan.training.augmentation, width);
  const sections = new Map<string, PlannedSection['items'][number][]>();
  for (const [place, sample] of samples.entries()) {
    const { path, sha256, corruption, relativePath } = sample;
    const kind = nameKind(sample);
    if (how.signal.aborted) throw new Fault('cancelled', 'stopped on request');
    const pixels = await prepareSample({
      ...{ path, sha256, preprocessing, limits: defaultImageLimits },
      corruption: pixelCorruption(corruption),
    });
    const items = sections.get(kind) ?? [];
    sections.set(kind, items);
    if (typeof pixels === 'string') {
      items.push({ pictures: [{ path: relativePath, caption: pixels, picture: '' }] });
      continue;
    }
    const plain = await encodePicture({ height, width, data: pixels });
    const pictures = [{ path: relativePath, picture: plain }];
    for (let draw = 0; draw < draws; draw += 1) {
      const random = createRandom(plan.seed, place, draw);
      const drawn = augmentPixels(pixels, preprocessing, augmentation, random);
      pictures.push({ path: `${draw + 1}`, picture: await encodePicture(drawn) });
    }
    items.push({ pictures });
    how.onProgress('augmenting images', place + 1, samples.length);
  }
  return [...sections].map(([heading, items]) => ({ heading, items }));
}
