import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { roleNames, type Sample } from './sample.js';
import { readSampleTable, writeSampleTable } from './sample-table.js';
import { makeFolder, writeFiles } from './test-support/test-data.js';

function createSample(index: number, changes: Partial<Sample> = {}): Sample {
  return {
    index,
    path: `/data/${index}.png`,
    relativePath: `/data/${index}.png`,
    sha256: 'a'.repeat(64),
    label: 'stop',
    group: `${index}`,
    roles: ['target'],
    ...changes,
  };
}

describe('the sample table', () => {
  it('reads back what it wrote, whatever the texts', async () => {
    const samples = [
      createSample(0, { label: 'give, way', group: 'a "b"', roles: ['base', 'protected'] }),
      createSample(1, { path: '/data/ü\n x.png', relativePath: '/data/ü\n x.png', roles: [] }),
      createSample(2, { label: ' spaced ', roles: [...roleNames] }),
    ];
    const path = join(await makeFolder(), 'deep', 'samples.csv');
    const { sha256 } = await writeSampleTable(path, samples);
    const table = await readSampleTable(path);
    expect(table).toEqual({ samples, sha256 });
    expect((await readFile(path, 'utf8')).split('\n')[0]).toBe(
      'index,path,sha256,label,group,role',
    );
  });

  it('says what is done to images where anything is, which readers of the old table refuse', async () => {
    const corruption = { name: 'fog', severity: 3 } as const;
    const samples = [createSample(0), createSample(1, { corruption })];
    const path = join(await makeFolder(), 'samples.csv');
    const { sha256 } = await writeSampleTable(path, samples);
    expect(await readSampleTable(path)).toEqual({ samples, sha256 });
    const attack = { name: 'pgd', epsilon: 1, stepSize: 0.25, steps: 10, start: 'random' } as const;
    const attacked = [createSample(0, { corruption: attack })];
    await writeSampleTable(path, attacked);
    expect((await readSampleTable(path)).samples).toEqual(attacked);
    await writeSampleTable(path, samples);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines[0]).toBe('index,path,sha256,label,group,role,corruption');
    expect(lines[2]).toMatch(/,target,fog 3$/);
    const wrong = lines.map((line) => line.replace('fog 3', 'fog 6'));
    await writeFile(path, wrong.join('\n'));
    const fault = await catchFault(() => readSampleTable(path));
    expect(fault.violations).toMatchObject([
      { field: 'row 1', description: expect.stringContaining('a corruption with its severity') },
    ]);
  });

  it('names every row that is wrong', async () => {
    const row = `/a.png,${'a'.repeat(64)},stop,g,target`;
    const folder = await writeFiles({
      'samples.csv': [
        'index,path,sha256,label,group,role',
        `0,${row}`,
        `7,${row}`,
        `2,a.png,${'a'.repeat(64)},stop,g,target`,
        '3,/a.png,abc,stop,g,target',
        `4,/a.png,${'a'.repeat(64)},,g,target`,
        `5,/a.png,${'a'.repeat(64)},stop,g,goal`,
        '6,/a.png',
      ].join('\n'),
    });
    const fault = await catchFault(() => readSampleTable(join(folder, 'samples.csv')));
    expect(fault.violations.map((violation) => violation.field)).toEqual(
      [1, 2, 3, 4, 5, 6].map((i) => `row ${i}`),
    );
  });

  it('refuses another table, what is no CSV, what is missing, and what is too large', async () => {
    const folder = await writeFiles({ 'other.csv': 'path,label\n', 'broken.csv': '"a\n' });
    const read = (name: string) => catchFault(() => readSampleTable(join(folder, name)));
    expect((await read('other.csv')).message).toContain('is not a sample table');
    expect((await read('broken.csv')).message).toContain('is not CSV');
    expect(await read('gone.csv')).toMatchObject({ kind: 'not-found' });
    await truncate(join(folder, 'other.csv'), 2 ** 30 + 1);
    expect((await read('other.csv')).message).toContain('more than 1073741824');
  });

  it('confines images to the roots, if there are any', async () => {
    const inside = await writeFiles({ 'a.png': 'a' });
    const outside = await writeFiles({ 'b.png': 'b' });
    const path = join(inside, 'samples.csv');
    const samples = [
      createSample(0, { path: join(inside, 'a.png') }),
      createSample(1, { path: join(outside, 'b.png') }),
    ];
    await writeSampleTable(path, samples);
    expect((await readSampleTable(path, [inside, outside])).samples).toHaveLength(2);
    const fault = await catchFault(() => readSampleTable(path, [inside]));
    expect(fault.violations).toMatchObject([{ field: 'row 1' }]);
  });

  it('confines images by the archives that they lie in', async () => {
    const inside = await writeFiles({ 'a.tar': 'a' });
    const outside = await writeFiles({ 'b.tar': 'b' });
    const path = join(inside, 'samples.csv');
    const place = (archive: string, offset: number) => `${archive}#offset=${offset}&bytes=1`;
    const here = [0, 1].map((i) => createSample(i, { path: place(join(inside, 'a.tar'), i) }));
    await writeSampleTable(path, here);
    const { samples } = await readSampleTable(path, [inside]);
    expect(samples.map((sample) => sample.path)).toEqual(here.map((sample) => sample.path));
    for (const archive of [join(outside, 'b.tar'), join(inside, '../b.tar'), '/gone.tar']) {
      await writeSampleTable(path, [createSample(0, { path: place(archive, 0) })]);
      const fault = await catchFault(() => readSampleTable(path, [inside]));
      expect(fault.violations).toMatchObject([{ field: 'row 0' }]);
    }
  });
});
