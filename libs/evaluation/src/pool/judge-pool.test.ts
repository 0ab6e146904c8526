import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@holdfast/dataset';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanFile } from '../data/plan-file.js';
import { measurePair } from '../pair/measure-pair.js';
import { classes, createModel, createSigns, type Signs } from '../test/signs.js';
import { createFakeEncoder, type FakeAnswer } from '../test-support/fake-encoder.js';
import { createFakeEvaluator } from '../test-support/fake-evaluator.js';
import { protect } from '../test-support/protect.js';
import { describePool } from './describe-pool.js';
import { describeUnknown, judgePool, openPool } from './judge-pool.js';

let signs: Signs;
beforeEach(async () => {
  signs = await createSigns();
});
afterEach(() => signs.remove());

const options = { signal: new AbortController().signal, onProgress: () => {} };
const nameOf = ({ path }: Sample) => path.split('/').at(-1)!;

/** Both models are right but for the first "road work" that the new one loses. */
async function judge(labels?: ReadonlyMap<string, string>, drift?: PlanFile['plan']['drift']) {
  const { path, poolLabels } = signs;
  const file = { ...signs.file, plan: { ...signs.file.plan, drift } };
  const lost = [...poolLabels].find(([, label]) => label === 'road work')![0];
  const right = (sample: Sample): FakeAnswer => ({ label: poolLabels.get(nameOf(sample))! });
  const encoder = createFakeEncoder(classes, {
    old: right,
    new: (sample) => (nameOf(sample) === lost ? { label: 'no passing' } : right(sample)),
  });
  if (labels !== undefined) {
    const lines = [...labels].map((row) => row.join());
    await writeFile(join(path, 'labels.csv'), ['path,label', ...lines].join('\n'));
  }
  const given = labels === undefined ? [] : ['labels.csv'];
  const pool = openPool(file, { source: { folder: 'pool' }, labels: given }, path);
  const pair = {
    file,
    images: pool,
    first: undefined,
    withClaims: true,
    reference: await createModel('old'),
    candidate: await createModel('new'),
  };
  const { evaluator, asked } = createFakeEvaluator();
  const outcome = await measurePair(encoder, pair, options, (measured) => {
    const rules = { policy: 'evidence', command: 'holdfast gate', checks: 1 } as const;
    const queuePath = join(path, 'queue');
    return judgePool(evaluator, file, measured, { ...rules, queuePath }, options);
  });
  return { ...outcome, asked, lost };
}

describe('judgePool', () => {
  it('judges nothing while a task is unknown, and asks for disagreements first, then for checks', async () => {
    const { pool, queue, judgement, asked, lost } = await judge();
    expect(judgement).toBeUndefined();
    expect(asked).toEqual([]);
    expect(describeUnknown(pool)).toContain("nothing is known of 'speed limit 80'");
    const [header, first, ...rest] = (await readFile(queue!.table, 'utf8')).trim().split('\n');
    expect(header).toBe('path,group,reason,label');
    expect(first).toBe(`${lost},${lost},disagreement,`);
    expect(rest.map((line) => line.split(',')[2])).toEqual(['check', 'check', 'check']);
    const [page] = await Promise.all(queue!.pages.map((path) => readFile(path, 'utf8')));
    expect(page).toContain(lost);
  });

  it('asks the gate beside the checks where every label is known, too, and for no more labels', async () => {
    const { pool, judgement, asked } = await judge(signs.poolLabels);
    expect(pool.level).toBeCloseTo(0.045, 12);
    expect(pool.unknownTasks).toEqual([]);
    expect(asked.map(({ level }) => level)).toEqual([pool.level]);
    expect(asked[0]!.tasks.map(({ labels }) => labels.length)).toEqual([4, 4, 4]);
    expect(judgement?.ledger?.note).toContain('judgement 1');
    expect(describePool(pool)).toMatchObject({ images: 12, disagreements: 1, unlabelled: 0 });
  });

  it('leaves part of the level to the checks where labels are missing, and is the same judgement later', async () => {
    const { queue } = await judge();
    const asked = new Set(
      (await readFile(queue!.table, 'utf8')).split('\n').map((l) => l.split(',')[0]),
    );
    const some = new Map([...signs.poolLabels].filter(([name]) => asked.has(name)));
    const part = await judge(some);
    expect(part.pool.count.unlabelled).toBeGreaterThan(0);
    expect(part.asked[0]!.level).toBeCloseTo(0.045, 12);
    const all = await judge(signs.poolLabels);
    expect(all.judgement?.ledger?.note).toContain('not counted twice');
    expect(await readdir(join(signs.path, 'queue'))).toEqual(['label.html', 'queue.csv']);
  });

  it('is another judgement by another tolerance, or other texts, of a drift that decides', async () => {
    const { path, poolLabels } = signs;
    await writeFile(join(path, 'texts.txt'), classes.join('\n'));
    await writeFile(join(path, 'fewer.txt'), classes.slice(0, 2).join('\n'));
    const drift = { texts: 'texts.txt', images: 'pool', tolerance: 0.05 };
    const first = await judge(poolLabels, drift);
    expect(first.judgement?.ledger?.note).toContain('judgement 1');
    const again = await judge(poolLabels, drift);
    expect(again.judgement?.ledger?.note).toContain('not counted twice');
    for (const change of [{ tolerance: 0.1 }, { texts: 'fewer.txt' }]) {
      const other = judge(poolLabels, { ...drift, ...change });
      await expect(other).rejects.toMatchObject({ kind: 'precondition' });
    }
  });

  it('is counted by the images of a drift that decides, whatever pool they are beside', async () => {
    const { path, poolLabels } = signs;
    const inPath = (...names: string[]) => join(path, ...names);
    await writeFile(inPath('texts.txt'), classes.join('\n'));
    const [one, other] = [0, 1].map(
      (half) => new Map([...poolLabels].filter((_, i) => i % 2 === half)),
    );
    await Promise.all(['watched', 'other'].map((name) => mkdir(inPath(name))));
    const [watched] = one!.keys();
    await copyFile(inPath('pool', watched!), inPath('watched', watched!));
    for (const name of other!.keys()) await rename(inPath('pool', name), inPath('other', name));
    const drift = { texts: 'texts.txt', images: 'watched', tolerance: 1 };
    expect((await judge(one, drift)).judgement?.ledger?.note).toContain('judgement 1');
    await rm(inPath('pool'), { recursive: true });
    await rename(inPath('other'), inPath('pool'));
    await expect(judge(other, drift)).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('names a label that is no class of the plan', async () => {
    const [name] = signs.poolLabels.keys();
    await expect(judge(new Map([[name!, 'road works']]))).rejects.toMatchObject({
      message: expect.stringContaining('did you mean "road work"?'),
    });
  });

  it('refuses a plan with a first model', async () => {
    const { file, path } = signs;
    const gate = { ...file.plan.gate, firstModel: 'first' };
    const watched = { ...file, plan: { ...file.plan, gate } };
    expect(() => openPool(watched, { source: { folder: 'pool' } }, path)).toThrow(
      'against the old model alone',
    );
  });

  it('refuses label spaces, and tasks that are no single class: nobody knows which an image is of', async () => {
    const { file, path } = signs;
    const source = { source: { folder: 'pool' } };
    const spaces = { shapes: { classes: ['no passing', 'road work'] } };
    expect(() => openPool({ ...file, plan: { ...file.plan, spaces } }, source, path)).toThrow(
      'spaces: nobody knows which label space an image of a pool is of',
    );
    const tasks = {
      protectedTasks: [
        protect('no passing'),
        protect('road work', {
          name: 'night',
          field: 'protected[1]',
          where: [['time', ['night']]],
        }),
        protect('no passing', { name: 'less', field: 'protected[2]', ceiling: true }),
      ],
    };
    await expect(openPool(file, source, path)({ tasks } as never, options)).rejects.toMatchObject({
      kind: 'invalid',
      violations: [
        {
          field: 'protected[1]',
          description: expect.stringContaining('"night" is no single class'),
        },
        {
          field: 'protected[2]',
          description: expect.stringContaining(
            '"less" is a ceiling: a pool judges what may be lost',
          ),
        },
      ],
    });
  });
});
