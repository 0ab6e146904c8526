import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readVerdict } from './verdict-file.js';

/** As little as any version wrote. */
const earlier = {
  ...{ schema: 'holdfast.verdict/1', outcome: 'RETAINED', reason: 'Nothing fell.' },
  candidate: { sha256: 'a'.repeat(64), version: 'v', step: 1, average: false, alpha: 1 },
  ...{ devSafetyAccuracy: 0, target: [], protected: [] },
};

describe('readVerdict', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-verdict-'));
    path = join(folder, 'verdict.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps the text as it was written, and lacks what an earlier version did not know', async () => {
    const text = ` ${JSON.stringify(earlier)}\n`;
    await writeFile(path, text);
    const read = await readVerdict(path);
    expect(read.text).toBe(text);
    expect(read.verdict.outcome).toBe('RETAINED');
    expect(read.verdict.claims).toBeUndefined();
  });

  it('reads test results with their bounds, and those of an earlier version, which had none', async () => {
    const point = { task: 'stop', target: false, examples: 20 };
    const accuracies = { referenceAccuracy: 0.9, candidateAccuracy: 0.8, accuracyChange: -0.1 };
    const counts = { groups: 4, negativeFlips: 3, positiveFlips: 1 };
    const bounds = { lowerBound: -0.4, upperBound: 0.2, lossChange: 0, method: 'tango' };
    const tasks = [
      { ...point, ...accuracies },
      { ...point, ...accuracies, ...counts, ...bounds },
    ];
    const test = { note: '', devSafetyAccuracy: -0.1, tasks };
    await writeFile(path, JSON.stringify({ ...earlier, test }));
    expect((await readVerdict(path)).verdict.test).toEqual(test);
  });

  it('says so where there is none', async () => {
    await expect(readVerdict(path)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it.each([
    ['', 'cut off or edited'],
    ['{"schema":"holdfast.verdict/1"', 'cut off or edited'],
    ['null', 'not a verdict of this version'],
    ['{"schema":"holdfast.verdict/2"}', 'not a verdict of this version'],
    [JSON.stringify({ ...earlier, outcome: 'RELEASED' }), 'was edited: outcome'],
    [JSON.stringify({ ...earlier, protected: [{ task: 'stop' }] }), 'was edited: protected.0'],
  ])('refuses %j', async (text, reason) => {
    await writeFile(path, text);
    await expect(readVerdict(path)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(reason),
    });
  });
});
