import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openClipDirectory } from '@holdfast/clip';
import { openPlanFile, type PlanFile } from '../data/plan-file.js';
import type { ModelToMeasure } from '../measure/measure-model.js';

const examplePath = fileURLToPath(new URL('../../../../examples/gtsrb', import.meta.url));

/** The classes of {@link createSigns}, in order. */
export const classes = ['no passing', 'road work', 'speed limit 80'] as const;

/** Photographs of signs, a plan that judges by them, and a pool of others. */
export interface Signs {
  readonly path: string;
  readonly file: PlanFile;
  /** Label of each image of the folder `pool`. */
  readonly poolLabels: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

/** Writes a plan of three signs, `perClass` validation images and as many in the pool of each. */
export async function createSigns(perClass = 4): Promise<Signs> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-evaluation-'));
  const rows = (await readFile(join(examplePath, 'manifest.csv'), 'utf8'))
    .split('\n')
    .map((line) => line.split(','));
  const take = (label: string, role: string) =>
    rows.filter((row) => row[1] === label && row[3] === role);
  const lines = classes.flatMap((label) =>
    take(label, 'validation')
      .slice(0, perClass)
      .map(([image]) => `${image},${label},validation`),
  );
  await writeFile(join(path, 'signs.csv'), ['path,label,role', ...lines].join('\n'));
  await mkdir(join(path, 'pool'));
  const poolLabels = new Map<string, string>();
  for (const [place, label] of classes.entries()) {
    for (const [image] of take(label, 'test').slice(0, perClass)) {
      const name = `${place}-${basename(image!)}`;
      await cp(join(examplePath, image!), join(path, 'pool', name));
      poolLabels.set(name, label);
    }
  }
  const plan = {
    model: 'model',
    data: { root: examplePath, manifest: 'signs.csv', onBadImage: 'skip' },
    target: { class: 'speed limit 80' },
    prompts: { templates: ['a photo of a {} sign.'] },
    gate: { tolerance: 0.1 },
  };
  // JSON is YAML.
  await writeFile(join(path, 'plan.yaml'), JSON.stringify(plan));
  return {
    path,
    file: await openPlanFile('plan.yaml', { cwd: path, command: 'holdfast' }),
    poolLabels,
    remove: () => rm(path, { recursive: true }),
  };
}

/** A model that a fake encoder answers for. */
export async function createModel(name: string): Promise<ModelToMeasure> {
  const { tokenizer } = await openClipDirectory(join(examplePath, 'model'));
  return { name, path: `/models/${name}`, heads: undefined, tokenizer, notes: [], logitScale: 100 };
}
