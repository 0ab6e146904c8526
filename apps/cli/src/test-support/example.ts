import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@holdfast/testing';

/** The base model of the traffic sign example. */
export const modelPath = fileURLToPath(
  new URL('../../../../examples/gtsrb/model', import.meta.url),
);

/** A folder to work in, with images of three classes that hardly anyone could confuse. */
export interface ExampleFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const colors: Readonly<Record<string, readonly [number, number, number]>> = {
  'speed limit 80': [220, 40, 40],
  'no passing': [40, 200, 60],
  'road work': [50, 60, 210],
};

/** Writes `images/<class>/<n>.png`, `perClass` of each, and `plan.yaml` of a run of a few steps. */
export async function createExampleFolder(perClass = 16): Promise<ExampleFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-example-')));
  for (const [label, color] of Object.entries(colors)) {
    await mkdir(join(path, 'images', label), { recursive: true });
    for (let i = 0; i < perClass; i += 1) {
      const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => {
        // A few levels of brightness and a stripe tell the images of a class apart.
        const stripe = Math.floor(at / 96) === i ? 25 : 0;
        return Math.min(255, color[at % 3]! + i + stripe);
      });
      await writeFile(join(path, 'images', label, `${i}.png`), encodePng(32, 32, pixels));
    }
  }
  await writeFile(join(path, 'plan.yaml'), examplePlan);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A run that takes a few seconds; tests judge several by the same images. */
export const examplePlan = `model: ${modelPath}
data: { root: images }
target: { class: speed limit 80 }
training: { steps: 4, targetBatch: 8, examplesPerTask: 4 }
selection: { everySteps: 2, alphas: [1] }
gate: { judgementsMax: 4 }
engine: { threads: 1 }
`;
