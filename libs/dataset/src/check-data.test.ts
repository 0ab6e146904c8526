import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { checkData } from './check-data.js';
import { loadDataset } from './load-dataset.js';
import type { LoadSettings } from './load-settings.js';
import { createImages, writeFiles } from './test-support/test-data.js';

const split = { steering: 0.2, validation: 0.3, seed: 0 };

/** Writes a manifest, and an image for each of its rows with its path as content unless told otherwise. */
async function write(
  header: string,
  rows: readonly string[],
  contents: Readonly<Record<string, string>> = {},
): Promise<LoadSettings> {
  const paths = rows.map((row) => row.split(',')[0]!);
  const files = Object.fromEntries(paths.map((path) => [path, `content of ${path}`]));
  const manifest = `${header}\n${rows.join('\n')}`;
  const root = await writeFiles({ ...files, ...contents, 'm.csv': manifest });
  return { root, manifest: 'm.csv', split, targetClasses: ['stop'] };
}

const listDropped = async (settings: LoadSettings) =>
  (await checkData(settings)).dropped.map(({ relativePath }) => relativePath);

/** Loads what the check would write. */
async function loadCleaned(settings: LoadSettings) {
  const { formatManifest } = await checkData(settings);
  await writeFile(join(settings.root, 'clean.csv'), await formatManifest());
  return loadDataset({ ...settings, manifest: 'clean.csv' });
}

const uses = ['target', 'steering', 'validation', 'test'];
const wholeRows = ['stop', 'go'].flatMap((label) =>
  uses.map((use) => {
    const role = use === 'target' && label === 'go' ? 'protected' : use;
    return `${label}-${use}.png,${label},,${role}`;
  }),
);
const header = 'path,label,group,role';

describe('checkData', () => {
  it('finds nothing in sound data, and gives their rows as they are written', async () => {
    const settings = await write('path,label,group,role,note', [
      ...wholeRows.map((row) => `${row},"a, b"`),
    ]);
    const { dropped, imageCount, formatManifest } = await checkData(settings);
    expect({ dropped, imageCount }).toEqual({ dropped: [], imageCount: 8 });
    const text = await formatManifest();
    expect(text.split('\n')[1]).toBe('stop-target.png,stop,,target,"a, b"');
    expect(text.endsWith('\n')).toBe(true);
  });

  it.each([
    ['target', 'steering', 'stop-extra.png'],
    ['steering', 'validation', 'stop-extra.png'],
    ['validation', 'test', 'stop-extra.png'],
    ['test', 'target', 'stop-target.png'],
  ])(
    'lets a copy in %s give way to one in %s, or the other way round',
    async (use, other, lost) => {
      const rows = [...wholeRows, `stop-extra.png,stop,,${use}`, `stop-more.png,stop,,target`];
      const same = { 'stop-extra.png': 'same', [`stop-${other}.png`]: 'same' };
      const settings = await write(header, rows, same);
      expect((await catchFault(() => loadDataset(settings))).message).toContain(
        'leave out one of each, or have the command "data check --write" write a manifest',
      );
      const { dropped } = await checkData(settings);
      expect(dropped).toMatchObject([{ relativePath: lost, leaks: true }]);
      expect(dropped[0]!.reason).toContain('it is an exact copy of');
      expect((await loadCleaned(settings)).samples).toHaveLength(9);
    },
  );

  it('lets a group give way as a whole, and then finds no copy in it', async () => {
    const rows = [
      ...wholeRows,
      ...['a', 'b'].map((name) => `${name}.png,go,drive 7,protected`),
      'c.png,go,drive 7,validation',
    ];
    const settings = await write(header, rows, { 'a.png': 'same', 'c.png': 'same' });
    const { dropped } = await checkData(settings);
    expect(dropped.map(({ place, reason }) => `${place} ${reason}`)).toEqual([
      'm.csv:10 its group "drive 7" is also in validation (m.csv:12); training gives it up',
      'm.csv:11 its group "drive 7" is also in validation (m.csv:12); training gives it up',
    ]);
    expect((await loadCleaned(settings)).samples).toHaveLength(9);
  });

  it('finds a group in two splits that a copy in one of them joins with another', async () => {
    const whole = ['stop', 'go'].flatMap((label) => [
      `${label}-t.png,${label},,train`,
      ...[1, 2, 3, 4].map((i) => `${label}-v${i}.png,${label},,val`),
    ]);
    const rows = [
      ...whole,
      ...['x.png,go,drive A,val', 'y.png,go,drive B,val', 'y2.png,go,drive B,val'],
      'z.png,go,drive B,train',
    ];
    const settings = await write('path,label,group,split', rows, { 'x.png': 's', 'y.png': 's' });
    expect((await catchFault(() => loadDataset(settings))).message).toMatch(
      /the group "drive A" is in/,
    );
    expect(await listDropped(settings)).toContain('z.png');
    const { samples } = await loadCleaned(settings);
    expect(samples.map(({ relativePath }) => relativePath)).not.toContain('z.png');
  });

  it('takes the forms of a group’s name in Unicode for one', async () => {
    const rows = [...wholeRows, 'a.png,go,caf\u00e9,protected', 'b.png,go,cafe\u0301,validation'];
    const settings = await write(header, rows);
    expect(await listDropped(settings)).toEqual(['a.png']);
  });

  it('writes the rows of a file of Windows with whole line ends', async () => {
    const settings = await write(
      header,
      [...wholeRows, 'a.png,go,,validation', 'b.png,go,,validation'],
      {
        'a.png': 'same',
        'b.png': 'same',
      },
    );
    const path = join(settings.root, 'm.csv');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll('\n', '\r\n'));
    const written = await (await checkData(settings)).formatManifest();
    expect(written).toBe(`${text.split('\n').slice(0, -1).join('\r\n')}\r\n`);
  });

  it('keeps the first of copies in one use, which are no leak', async () => {
    const rows = [...wholeRows, 'a.png,go,,validation', 'b.png,go,,validation'];
    const settings = await write(header, rows, { 'a.png': 'same', 'b.png': 'same' });
    const { dropped } = await checkData(settings);
    expect(dropped).toEqual([
      {
        place: 'm.csv:11',
        relativePath: 'b.png',
        leaks: false,
        reason: 'it is an exact copy of a.png (m.csv:10) in the same use',
      },
    ]);
    const { samples, notes } = await loadCleaned(settings);
    expect(samples).toHaveLength(9);
    expect(notes.join()).not.toContain('exact copies');
  });

  it('keeps none of the copies whose labels contradict one another', async () => {
    const rows = [...wholeRows, 'a.png,go,,test', 'b.png,stop,,test', 'c.png,go,,protected'];
    const same = { 'a.png': 'same', 'b.png': 'same', 'c.png': 'same' };
    const settings = await write(header, rows, same);
    expect(await listDropped(settings)).toEqual(['a.png', 'b.png', 'c.png']);
    expect((await loadCleaned(settings)).samples).toHaveLength(8);
  });

  it('finds a file that is named twice', async () => {
    const settings = await write(header, [...wholeRows, 'stop-test.png,stop,,target']);
    expect((await catchFault(() => loadDataset(settings))).message).toContain('more than once');
    expect((await checkData(settings)).dropped).toMatchObject([{ place: 'm.csv:10' }]);
    expect((await loadCleaned(settings)).samples).toHaveLength(8);
  });

  it('keeps to the split where that divides the data', async () => {
    const rows = ['stop', 'go'].flatMap((label) =>
      ['train', 'train', 'val', 'val', 'val', 'test'].map(
        (name, i) => `${label}${i}.png,${label},${name}`,
      ),
    );
    const same = { 'stop0.png': 'same', 'stop5.png': 'same', 'go2.png': 'x', 'go3.png': 'x' };
    const settings = await write('path,label,split', rows, same);
    expect(await listDropped(settings)).toEqual(['go3.png', 'stop0.png']);
    expect((await loadCleaned(settings)).samples).toHaveLength(10);
  });

  it('writes a manifest for an image folder', async () => {
    const images = createImages(['stop', 'go, slow']);
    images['stop/4.png'] = images['stop/1.png']!;
    const root = await writeFiles(images);
    const { dropped, formatManifest } = await checkData({ root, split, targetClasses: ['stop'] });
    expect(dropped.map(({ relativePath }) => relativePath)).toEqual(['stop/4.png']);
    const text = await formatManifest();
    expect(text.split('\n').slice(0, 2)).toEqual(['path,label', '"go, slow/0.png","go, slow"']);
    expect(text).not.toContain('stop/4.png');
  });
});
