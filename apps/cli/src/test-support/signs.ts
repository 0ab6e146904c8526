import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ExampleFolder, modelPath } from './example.js';

const examplePath = dirname(modelPath);
const classes = ['speed limit 80', 'road work', 'no passing'];
/** Photographs of each class and role; enough to judge a large drop, few enough for seconds. */
const photographsPerRole = { target: 4, protected: 4, validation: 30 };

/**
 * Writes `plan.yaml` for a few of the shipped traffic signs, of which the model knows the protected ones;
 * each counts as a group of its own.
 */
export async function createSignsFolder(): Promise<ExampleFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-signs-')));
  const manifest = await readFile(join(examplePath, 'manifest.csv'), 'utf8');
  const rows = manifest.split('\n').map((line) => line.split(','));
  const chosen = classes.flatMap((label) =>
    Object.entries(photographsPerRole).flatMap(([role, count]) =>
      rows.filter((row) => row[1] === label && row[3] === role).slice(0, count),
    ),
  );
  const lines = chosen.map(([image, label, , role]) => `${image},${label},${role}`);
  await writeFile(join(path, 'signs.csv'), ['path,label,role', ...lines].join('\n'));
  await writeFile(
    join(path, 'plan.yaml'),
    `model: ${modelPath}
data: { root: ${examplePath}, manifest: signs.csv }
target: { class: speed limit 80 }
prompts: { templates: ['a photo of a {} sign.'] }
gate: { tolerance: 0.1 }
engine: { threads: 1 }
`,
  );
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
