import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDataset } from '@holdfast/dataset';
import { inspectImage } from '@holdfast/image';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataSource, type SourceSettings } from '../source/data-source.js';
import {
  copySigns,
  listSigns,
  makeFolder,
  type SignRow,
  writeManifest,
} from '../test-support/signs.js';
import { type SplitDataSettings, splitData } from './split-data.js';
import { writeSplit } from './write-split.js';

const defaults = { val: 0.25, test: 0.15, seed: 0, by: [], onProgress: () => {} };
let folder: string;
let signs: SignRow[];

beforeEach(async () => {
  folder = await makeFolder();
  signs = await listSigns(['road work', 'no passing'], { groups: 8, perGroup: 2 });
  await copySigns(folder, signs);
});

async function split(
  rows: readonly (readonly string[])[],
  settings: Partial<SplitDataSettings & SourceSettings> = {},
) {
  await writeManifest(folder, rows);
  const { group, root, ...how } = settings;
  const source = await openDataSource({ name: 'm.csv', group, root }, folder);
  const inspect = (path: string) => inspectImage(path);
  const found = await splitData(source, { ...defaults, inspect, ...how });
  const path = join(folder, 'split.csv');
  await writeSplit({ path, name: 'split.csv' }, source, found);
  const text = await readFile(path, 'utf8');
  await rm(path);
  const [header, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const written = lines.map((cells) =>
    Object.fromEntries(header!.map((name, index) => [name, cells[index]!])),
  );
  return { found, text, written };
}

const header = ['path', 'label', 'drive', 'weather'];
const listRows = () =>
  signs.map(({ path, label, group }, i) => [path, label, group, i % 4 < 2 ? 'fog' : 'clear']);

describe('splitData', () => {
  it('keeps groups, copies and near copies together, and writes a manifest that a run takes', async () => {
    const copy = signs.at(-1)!.path;
    await copyFile(join(folder, copy), join(folder, 'copy.png'));
    const rows = [header, ...listRows(), ['copy.png', 'no passing', '', 'clear']];
    const { found, written, text } = await split(rows, { group: 'drive' });
    expect(found.units.joinedByCopies).toBe(1);
    const partsOf = new Map<string, Set<string>>();
    for (const { drive, split: part } of written) {
      if (drive !== '') partsOf.set(drive!, (partsOf.get(drive!) ?? new Set()).add(part!));
    }
    expect([...partsOf.values()].every((parts) => parts.size === 1)).toBe(true);
    const [last, original] = [written.at(-1)!, written.at(-2)!];
    expect(last).toMatchObject({
      split: original['split'],
      group: original['drive'],
      weather: 'clear',
    });
    expect(text.startsWith('path,label,drive,weather,group,split\n')).toBe(true);

    const path = join(folder, 'taken.csv');
    await writeFile(path, text);
    const dataset = await loadDataset({
      root: folder,
      manifest: path,
      split: { steering: 0.2, validation: 0.3, seed: 0 },
      targetClasses: ['road work'],
    });
    expect(new Set(dataset.samples.flatMap(({ roles }) => roles))).toEqual(
      new Set(['target', 'negative', 'protected', 'steering', 'validation', 'test']),
    );
  });

  it('balances the values of columns within each class', async () => {
    const { found } = await split([header, ...listRows()], { group: 'drive', by: ['weather'] });
    const names = found.balance.strata.map(({ name }) => name);
    expect(names).toEqual([
      'road work',
      'no passing',
      'road work, weather=fog',
      'road work, weather=clear',
      'no passing, weather=fog',
      'no passing, weather=clear',
    ]);
    for (const { images } of found.balance.strata) expect(images[0]!).toBeGreaterThan(0);
  });

  it('gives the same split for the same seed, and another one for another', async () => {
    const rows = [header, ...listRows()];
    const first = await split(rows, { group: 'drive' });
    expect((await split(rows, { group: 'drive' })).text).toBe(first.text);
    expect((await split(rows, { group: 'drive', seed: 5 })).text).not.toBe(first.text);
  });

  it('keeps a split that rows have, and leaves out rows that cannot be used', async () => {
    const rows = listRows().map(([path, label, drive], i) => [
      path!,
      label!,
      drive!,
      i < 2 ? 'test' : '',
    ]);
    await rm(join(folder, rows[4]![0]!));
    const { written } = await split([['path', 'label', 'group', 'split'], ...rows]);
    expect(written.slice(0, 2).map((row) => row['split'])).toEqual(['test', 'test']);
    expect(written[4]!['split']).toBe('');
    expect(written.filter((row) => row['split'] === '').length).toBe(1);
  });

  it('looks for no copies where images are not opened, and says so', async () => {
    const { found } = await split([header, ...listRows()], { group: 'drive', inspect: undefined });
    expect(found.notes).toEqual([
      'images were not opened: copies and near duplicates were not looked for',
    ]);
  });

  it('refuses roles, shares that leave nothing, unknown columns and leaks between given splits', async () => {
    const withRoles = listRows().map(([path, label]) => [path!, label!, 'validation']);
    // Before any image is looked at.
    const inspect = () => Promise.reject(new Error('looked at an image'));
    await expect(split([['path', 'label', 'role'], ...withRoles], { inspect })).rejects.toThrow(
      'remove the column role',
    );
    const emptied = listRows().map(([path, label]) => [path!, label!, '']);
    expect((await split([['path', 'label', 'role'], ...emptied])).written).toHaveLength(32);
    const base = listRows().map(([path, label], i) => [path!, label!, i === 0 ? 'base' : '']);
    await expect(split([['path', 'label', 'role'], ...base])).rejects.toThrow(
      'remove the column role',
    );
    const rows = [header, ...listRows()];
    for (const [val, test] of [
      [0.6, 0.4],
      [0.7, 0.3],
    ] as const) {
      await expect(split(rows, { val, test })).rejects.toThrow('leave nothing to train on');
    }
    const gone = [header, ...listRows().map(([path, ...rest]) => [`gone/${path}`, ...rest])];
    await expect(split(gone)).rejects.toThrow(
      'no row of m.csv can be used: `data inspect` says why',
    );
    await expect(split(rows, { by: ['time'] })).rejects.toThrow(
      '--by: m.csv has no column "time"; it has path, label, drive, weather',
    );
    await expect(split(rows, { group: 'track' })).rejects.toThrow(
      '--group: m.csv has no column "track"',
    );
    const leaking = listRows().map(([path, label, drive], i) => [
      path!,
      label!,
      drive!,
      i % 2 ? 'train' : 'test',
    ]);
    await expect(split([['path', 'label', 'group', 'split'], ...leaking])).rejects.toThrow(
      'are in another split than what they belong to',
    );
  });

  it('never writes over a file, and leaves nothing where it is stopped', async () => {
    await writeManifest(folder, [header, ...listRows()]);
    const source = await openDataSource({ name: 'm.csv' }, folder);
    const found = await splitData(source, defaults);
    const taken = { path: join(folder, 'm.csv'), name: 'm.csv' };
    await expect(writeSplit(taken, source, found)).rejects.toThrow('m.csv exists');
    const nowhere = { path: join(folder, 'no/split.csv'), name: 'no/split.csv' };
    await expect(writeSplit(nowhere, source, found)).rejects.toThrow('nothing can be written in');
  });
});
