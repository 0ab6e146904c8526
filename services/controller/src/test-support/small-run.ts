import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The shipped traffic signs and their model. */
export const examplePath = fileURLToPath(new URL('../../../../examples/gtsrb', import.meta.url));

const classes = ['speed limit 30', 'speed limit 50', 'speed limit 80', 'road work'];
/** Images taken of each class and role: more than a batch and no multiple of a chunk, few enough to train in a second. */
const imagesPerRole = { target: 12, protected: 12, steering: 7, validation: 11, test: 3 };

/** Writes a manifest of a few of the shipped images into a fresh folder. */
async function writeSmallManifest(folder: string): Promise<void> {
  const [header, ...lines] = (await readFile(join(examplePath, 'manifest.csv'), 'utf8'))
    .trim()
    .split('\n');
  const taken = new Map<string, number>();
  const steeringGroups = new Set<string>();
  const kept = lines.filter((line) => {
    const [, label, group, role] = line.split(',');
    const limit = imagesPerRole[role as keyof typeof imagesPerRole];
    if (!classes.includes(label!) || limit === undefined) return false;
    // Steering shows a regression by groups: one image of each.
    if (role === 'steering' && steeringGroups.has(group!)) return false;
    steeringGroups.add(group!);
    const count = (taken.get(`${label} ${role}`) ?? 0) + 1;
    taken.set(`${label} ${role}`, count);
    return count <= limit;
  });
  await writeFile(join(folder, 'manifest.csv'), `${[header, ...kept].join('\n')}\n`);
}

/** A small real plan in a fresh folder: four classes, 6 steps, a measurement every 2. */
export interface SmallPlan {
  readonly folder: string;
  readonly yaml: string;
}

/** Writes a small plan; `overrides` are merged over its sections. */
export async function createSmallPlan(overrides: Record<string, object> = {}): Promise<SmallPlan> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-small-'));
  await writeSmallManifest(folder);
  const base: Record<string, object | string> = {
    model: join(examplePath, 'model'),
    data: { root: examplePath, manifest: 'manifest.csv' },
    target: { class: 'speed limit 80' },
    prompts: { templates: ['a photo of a {} sign.', 'a dark photo of a {} sign.'] },
    training: { steps: 6, targetBatch: 8, examplesPerTask: 4, warmupSteps: 2, weightAverage: 0.9 },
    selection: { everySteps: 2, alphas: [1, 0.5] },
    engine: { threads: 1, imageChunk: 16, textChunk: 16 },
  };
  const plan = { ...base };
  for (const [section, values] of Object.entries(overrides)) {
    plan[section] = { ...(base[section] as object | undefined), ...values };
  }
  // JSON is YAML.
  return { folder, yaml: JSON.stringify(plan) };
}
