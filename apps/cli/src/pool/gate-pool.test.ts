import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExampleFolder, modelPath } from '../test-support/example.js';
import { plantRegression } from '../test-support/planted-model.js';
import { createSignsFolder } from '../test-support/signs.js';
import { startProgram } from '../test-support/start-program.js';

describe('holdfast gate --pool', () => {
  let folder: ExampleFolder;
  /** Of every image of the pool, by name. */
  const truth = new Map<string, string>();
  beforeAll(async () => {
    folder = await createSignsFolder();
    await plantRegression({ model: modelPath, label: 'road work' }, join(folder.path, 'planted'));
    await mkdir(join(folder.path, 'pool'));
    const [, ...rows] = (await readFile(join(folder.path, 'signs.csv'), 'utf8')).split('\n');
    for (const [i, row] of rows.entries()) {
      const [image = '', label = '', role] = row.split(',');
      if (role !== 'validation') continue;
      // Names that say nothing of a label.
      const name = `${i}.png`;
      await cp(join(dirname(modelPath), image), join(folder.path, 'pool', name));
      truth.set(name, label);
    }
  });
  afterAll(() => folder.remove());

  const gate = (...argv: string[]) =>
    startProgram(folder.path, ['gate', modelPath, 'planted', '--tasks', 'plan.yaml', ...argv])
      .finished;
  const judge = async (...argv: string[]) => {
    const { stdout, code } = await gate('--pool', 'pool', '--json', ...argv);
    return { ...JSON.parse(stdout), code };
  };
  const readQueue = async () => {
    const text = await readFile(join(folder.path, 'label-queue/queue.csv'), 'utf8');
    const [header, ...rows] = text.trimEnd().split('\n');
    expect(header).toBe('path,group,reason,label');
    return rows.map((row) => row.split(','));
  };
  const writeLabels = async (name: string, labels: Iterable<readonly [string, string]>) => {
    const lines = ['path,label', ...[...labels].map((cells) => cells.join(','))];
    await writeFile(join(folder.path, name), `${lines.join('\n')}\n`);
  };

  it('asks for the labels that a verdict needs, on a page and in a table, and releases nothing without', async () => {
    const { code, stdout } = await gate('--pool', 'pool', '--checks', '10');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^NOT RELEASED: UNDECIDED\nNot judged yet: nothing is known of /);
    expect(stdout).toMatch(/pool +90 images: 30 \(33\.3 %\) are answered otherwise/);
    expect(stdout).toContain('label-queue/queue.csv, label-queue/label.html');
    const queue = await readQueue();
    const reasons = queue.map(([, , reason]) => reason);
    expect(reasons).toEqual([...reasons].sort((a, b) => order(a) - order(b)));
    expect(reasons.filter((reason) => reason === 'disagreement')).toHaveLength(30);
    expect(reasons.filter((reason) => reason === 'check').length).toBeGreaterThanOrEqual(10);
    expect(queue.length).toBeLessThan(90);
    const page = await readFile(join(folder.path, 'label-queue/label.html'), 'utf8');
    expect(page.match(/<li data-path=/g)).toHaveLength(queue.length);
    for (const name of await readdir(join(folder.path, 'pool'))) {
      expect(page.includes(`data-path="${name}"`)).toBe(queue.some(([path]) => path === name));
    }
  });

  it('counts with the labels of the queue the flips that all labels show, and convicts with all alone', async () => {
    await rm(join(folder.path, 'holdfast-ledger.jsonl'), { force: true });
    const few = ['--checks', '10'];
    await gate('--pool', 'pool', ...few);
    const queue = await readQueue();
    await writeLabels(
      'some.csv',
      queue.map(([path = '']) => [path, truth.get(path)!]),
    );
    await writeLabels('all.csv', truth);
    const some = await judge('--labels', 'some.csv', ...few);
    const all = await judge('--labels', 'all.csv', ...few);
    // More labels were no other judgement; the plan's own validation images are the same images.
    expect(all.ledger).toMatchObject({ judgements: 1, left: 0 });
    expect((await gate('--json')).stderr).toContain('these images have judged once already');
    await rm(join(folder.path, 'holdfast-ledger.jsonl'));
    // A tenth of the level is the checks'.
    const plan = await readFile(join(folder.path, 'plan.yaml'), 'utf8');
    const tenth = plan.replace('tolerance: 0.1', `tolerance: 0.1, level: ${0.9 * 0.05}`);
    await writeFile(join(folder.path, 'tenth.yaml'), tenth);
    const { stdout } = await gate('--tasks', 'tenth.yaml', '--json');
    const validation = JSON.parse(stdout);
    const flips = (judged: { target: Flips[]; protected: Flips[] }) =>
      [...judged.target, ...judged.protected].map(({ task, negativeFlips, positiveFlips }) => ({
        task,
        negativeFlips,
        positiveFlips,
      }));
    expect(flips(some)).toEqual(flips(all));
    expect(flips(all)).toEqual(flips(validation));
    expect(all).toMatchObject({ outcome: 'REGRESSED', code: 2, queue: null });
    expect(all.protected).toEqual(validation.protected);
    expect(some).toMatchObject({ outcome: 'UNDECIDED', code: 2, queue: null });
    for (const [i, task] of some.protected.entries()) {
      expect(task.lowerBound).toBeLessThanOrEqual(all.protected[i].lowerBound);
      expect(task.upperBound).toBe(1);
    }
    expect(some.pool).toMatchObject({
      images: 90,
      disagreements: 30,
      asked: queue.length,
      labelled: queue.length,
      unlabelled: 90 - queue.length,
    });
  });

  it('shows only what it may: no REGRESSED in the sentence, a note of what is missing, a report', async () => {
    await rm(join(folder.path, 'holdfast-ledger.jsonl'), { force: true });
    const argv = ['--pool', 'pool', '--labels', 'some.csv', '--checks', '10'];
    const { stdout } = await gate(...argv, '--report', 'pool.html');
    expect(stdout).toMatch(/'road work' lost 30 images at most and won 0 \(lower bound -\d+\.\d\)/);
    expect(stdout).toContain("of the pool's 90 images have no label");
    const report = await readFile(join(folder.path, 'pool.html'), 'utf8');
    expect(report).toContain('or more');
    expect(report).toContain(
      'Judged by a pool of 90 images, of which 30 (33.33 %) are answered otherwise',
    );
    expect(report).toContain('lost at most');
    expect(report).not.toContain('Target gain');
  });

  it('takes images that show no class, and names every label that it cannot take', async () => {
    const [first = '', second = ''] = truth.keys();
    await writeLabels('odd.csv', [
      [first, 'none of these'],
      [second, ''],
    ]);
    const judged = await judge('--labels', 'odd.csv');
    expect(judged.pool.unlabelled).toBe(89);
    await writeLabels('wrong.csv', [
      [first, 'road works'],
      ['gone.png', 'road work'],
    ]);
    const refused = await gate('--pool', 'pool', '--labels', 'wrong.csv');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      `wrong.csv:2: ${first}: "road works" is no class of the plan; did you mean "road work"?`,
    );
    expect(refused.stderr).toContain('wrong.csv:3: gone.png is no image of the folder');
  });

  it('leaves out what the plan trains on', async () => {
    await mkdir(join(folder.path, 'mixed'), { recursive: true });
    const [, ...rows] = (await readFile(join(folder.path, 'signs.csv'), 'utf8')).split('\n');
    for (const [i, row] of rows.entries()) {
      const [image = '', , role] = row.split(',');
      if (role === 'validation' && i % 9 > 0) continue;
      await cp(join(dirname(modelPath), image), join(folder.path, 'mixed', `${i}.png`));
    }
    const { stdout } = await gate('--pool', 'mixed');
    expect(stdout).toMatch(
      /note: \d+ of the pool's images are left out: the plan trains on the same/,
    );
  });

  it('refuses options that do not fit, before it computes anything', async () => {
    for (const [argv, message] of [
      [['--labels', 'some.csv'], '--labels is about a pool'],
      [['--groups', 'some.csv'], '--groups is about a pool'],
      [['--pool', 'pool', '--sealed'], '--sealed: who labels a pool sees'],
    ] as const) {
      const refused = await gate(...argv);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain(message);
    }
  });
});

interface Flips {
  readonly task: string;
  readonly negativeFlips: number;
  readonly positiveFlips: number;
}

function order(reason = ''): number {
  return ['disagreement', 'check', 'same group'].indexOf(reason);
}
