import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { readManifest } from './read-manifest.js';
import { writeFiles } from './test-support/test-data.js';

const write = async (content: string | Uint8Array) =>
  join(await writeFiles({ 'm.csv': content }), 'm.csv');
const read = async (content: string) => readManifest(await write(content));
const fail = async (content: string | Uint8Array) => {
  const path = await write(content);
  return catchFault(() => readManifest(path));
};

describe('readManifest', () => {
  it('reads path, label, group and roles, each row with its line', async () => {
    const { rows, notes } = await read(
      'path,label,group,role\na.png,stop,g1,base+protected\n\nb/c.png,"give, way",,Target\n',
    );
    expect(rows).toEqual([
      { place: 'm.csv:2', path: 'a.png', label: 'stop', group: 'g1', roles: ['base', 'protected'] },
      { place: 'm.csv:4', path: 'b/c.png', label: 'give, way', group: '', roles: ['target'] },
    ]);
    expect(notes).toEqual([
      'm.csv: 1 of 2 rows names no group (empty); each of these images is its own group',
    ]);
  });

  it("reads open_clip's filepath and title, tabs, a byte order mark and Windows lines", async () => {
    const { rows } = await read('\ufeffFilepath\tTitle\r\nx\\a.png\tstop, now\r\n');
    expect(rows).toMatchObject([{ place: 'm.csv:2', path: 'x/a.png', label: 'stop, now' }]);
  });

  it('reads semicolons, as spreadsheets of many countries write them', async () => {
    const { rows } = await read('path;label;group\na,b.png;"stop; now";7\n');
    expect(rows).toMatchObject([{ path: 'a,b.png', label: 'stop; now', group: '7' }]);
  });

  it('takes a group that is missing, in whatever words, for none, and says so', async () => {
    const words = ['', 'nan', 'NaN', 'None', 'null', 'N/A', 'NA', '<NA>', '#N/A'];
    const lines = [...words, '0', 'none of these'].map((word, i) => `${i}.png,stop,${word}`);
    const { rows, notes } = await read(`path,label,group\n${lines.join('\n')}\n`);
    expect(rows.map(({ group }) => group)).toEqual([...words.map(() => ''), '0', 'none of these']);
    expect(notes).toEqual([
      'm.csv: 9 of 11 rows name no group ("#N/A", "<NA>", "N/A", "NA", "NaN" and 4 more); each of these images is its own group',
    ]);
    expect((await read('path,label\na.png,stop\n')).notes).toEqual([]);
  });

  it('reads a split in any of its words, and takes a missing one, or a missing role, for none', async () => {
    const words = ['train', 'Training', 'VAL', 'valid', 'validation', 'dev', 'test', 'nan', ''];
    const lines = words.map((word, i) => `${i}.png,stop,${word},nan`);
    const { rows, notes } = await read(`path,label,split,role\n${lines.join('\n')}\n`);
    const [train, val, test] = ['train', 'val', 'test'];
    expect(rows.map(({ split }) => split)).toEqual([
      ...[train, train, val, val, val, val, test],
      ...[undefined, undefined],
    ]);
    expect(notes).toEqual([]);
  });

  it('names an unknown split once, by its first row', async () => {
    const fault = await fail('path,label,split\na.png,stop,train\nb.png,stop,2\nc.png,stop,2\n');
    expect(fault.violations).toEqual([
      {
        field: 'm.csv:3',
        description:
          'the split "2" is not known (here and in 1 more row); known are train, training, val, valid, validation, dev, test, testing',
      },
    ]);
  });

  it('lets roles count where there are both, and says so', async () => {
    const { rows, notes } = await read('path,label,split,role\na.png,stop,test,target\n');
    expect(rows[0]).toEqual({
      place: 'm.csv:2',
      path: 'a.png',
      label: 'stop',
      group: '',
      roles: ['target'],
    });
    expect(notes).toEqual(['m.csv: the column role counts, and the column split is not used']);
  });

  it('writes labels in the form NFC, whoever wrote the manifest', async () => {
    const { rows } = await read('path,label\na.png,cafe\u0301\n');
    expect(rows[0]!.label).toBe('caf\u00e9');
  });

  it('says which columns it does not use', async () => {
    const { notes } = await read(',path,label,slabel,constructor\n0,a.png,stop,1,fog\n');
    expect(notes).toEqual(['m.csv: the columns without a name, slabel, constructor are not used']);
  });

  it('names every row that is wrong by its line', async () => {
    const fault = await fail(
      `path,label,role\n,stop,target\na.png,,target\na.png,stop,goal\na.png\nb.png,${'x'.repeat(5000)},\n`,
    );
    expect(fault.violations).toEqual([
      { field: 'm.csv:2', description: 'has no path' },
      { field: 'm.csv:3', description: 'has no label' },
      { field: 'm.csv:5', description: 'has 1 cells, the header has 3' },
      { field: 'm.csv:5', description: 'has no label' },
      {
        field: 'm.csv:6',
        description: 'the label is longer than 4096 or holds a null character',
      },
      { field: 'm.csv:4', description: expect.stringContaining('the role "goal" is not known') },
    ]);
    expect(fault.message).toContain('m.csv:4: the role "goal" is not known');
  });

  it('names an unknown role once, with its rows counted and the roles there are', async () => {
    const fault = await fail(`path,label,role\n${'a.png,stop,target+goal\n'.repeat(30)}`);
    expect(fault.violations).toEqual([
      {
        field: 'm.csv:2',
        description:
          'the role "goal" is not known (here and in 29 more rows); known are base, target, negative, protected, steering, validation, test, joined by +',
      },
    ]);
  });

  it('spells out twenty rows and counts the rest', async () => {
    const fault = await fail(`path,label\n${',\n'.repeat(1)}${'a.png,\n'.repeat(30)}`);
    expect(fault.violations).toHaveLength(20);
    expect(fault.message).toContain('and 12 more');
  });

  it('refuses a header without the columns, or with one twice', async () => {
    const bars = await fail('path|label\na.png|stop\n');
    expect(bars.message).toContain('the header is "path|label"; expected path,label');
    expect((await fail('')).message).toContain('expected path,label');
    const twice = await fail('path,filepath,label\na,b,c\n');
    expect(twice.message).toContain('the header names the path twice');
  });

  it('refuses a file that is empty below the header, not CSV, not UTF-8, or not there', async () => {
    expect((await fail('path,label\n')).message).toContain('names no images');
    expect((await fail('path,label\n"a.png,stop\n')).message).toContain('is not CSV');
    expect((await fail(Buffer.from('path,label\n\xff,a\n', 'latin1'))).message).toContain(
      'is not UTF-8',
    );
    const missing = await catchFault(() => readManifest('/nowhere/m.csv'));
    expect(missing).toMatchObject({ kind: 'not-found' });
    expect(missing.message).toContain('the manifest /nowhere/m.csv cannot be read (ENOENT)');
  });

  it('refuses a file that is far too large', async () => {
    const path = await write('');
    await truncate(path, 513 * 2 ** 20);
    expect((await catchFault(() => readManifest(path))).message).toContain('more than 536870912');
  });
});
