import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Sample, writeSampleTable } from '@holdfast/dataset';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseTrained } from './refuse-trained.js';

const hash = 'a'.repeat(64);
const verdict = {
  ...{ schema: 'holdfast.verdict/1', outcome: 'RETAINED', reason: 'Nothing fell.' },
  candidate: { sha256: hash, version: 'v', step: 1, average: false, alpha: 1 },
  reference: { sha256: hash, preprocessingSha256: hash },
  ...{ devSafetyAccuracy: 0, target: [], protected: [] },
};

describe('refuseTrained', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-trained-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const sample = (digit: string, roles: Sample['roles']): Sample => ({
    ...{ index: 0, path: `/data/${digit}.png`, relativePath: `${digit}.png` },
    ...{ sha256: digit.repeat(64), label: 'stop', group: digit, roles },
  });

  /** A run as far as rounds know it, with a table of these images. */
  async function writeRun(name: string, model: string, images: readonly Sample[], more = '') {
    const folder = join(root, name);
    await mkdir(join(folder, 'candidate'), { recursive: true });
    const plan = `model: ${model}\ndata: {}\ntarget: { class: stop }\n${more}`;
    await writeFile(join(folder, 'plan.yaml'), plan);
    const origin = { runId: name, basePath: root, planName: 'plan.yaml' };
    await writeFile(join(folder, 'origin.json'), JSON.stringify(origin));
    await writeFile(join(folder, 'candidate', 'verdict.json'), JSON.stringify(verdict));
    await writeSampleTable(
      join(folder, 'samples.csv'),
      images.map((image, index) => ({ ...image, index })),
    );
    return join(folder, 'candidate');
  }

  const judges = ['1', '2', '3', '4'].map((digit) => sample(digit, ['validation']));

  it('refuses what trained in any round that is known, and says what to do', async () => {
    const first = await writeRun('one', 'base', [
      sample('2', ['protected', 'negative']),
      sample('5', ['target']),
      sample('4', ['steering']),
    ]);
    const second = await writeRun('two', first, [
      sample('1', ['validation']),
      sample('3', ['target']),
    ]);
    await expect(refuseTrained([second], judges)).rejects.toMatchObject({
      kind: 'precondition',
      message: `2 of the images that judge trained the model, 2.png the first, in ${dirname(first)}. Let them train, or leave them out. A division by chance is dealt anew whenever images come or go: the command "data split" writes one into the manifest (docs/data.md)`,
    });
    await expect(refuseTrained([first], [sample('5', ['test'])])).rejects.toThrow(
      '1 of the images',
    );
    // They may train again, and what only steered or judged may judge.
    await refuseTrained([second], [sample('2', ['protected']), sample('3', ['steering'])]);
    await refuseTrained([second], [judges[0]!, judges[3]!]);
  });

  it('knows the images that were distilled on, but where others were watched', async () => {
    const unlabelled = sample('1', []);
    const distilled = await writeRun('one', 'base', [unlabelled]);
    await expect(refuseTrained([distilled], judges)).rejects.toThrow('1.png the first');
    // An image of a pool has no role.
    await expect(refuseTrained([distilled], [unlabelled])).rejects.toThrow('1.png the first');
    const drift = 'drift: { images: pool, texts: texts.txt }\n';
    await refuseTrained([await writeRun('two', 'base', [unlabelled], drift)], judges);
  });

  it('knows what trained a candidate that has no verdict', async () => {
    const candidate = await writeRun('one', 'base', [sample('1', ['target'])]);
    await rm(join(candidate, 'verdict.json'));
    await expect(refuseTrained([candidate], judges)).rejects.toThrow('1.png the first');
  });

  it('knows nothing of a model that lies elsewhere, or whose run is gone', async () => {
    await refuseTrained([join(root, 'models')], judges);
    const candidate = await writeRun('one', 'base', [sample('1', ['target'])]);
    await rm(join(root, 'one', 'samples.csv'));
    await refuseTrained([candidate], judges);
    await rm(join(root, 'one', 'plan.yaml'));
    await refuseTrained([candidate], judges);
  });
});
