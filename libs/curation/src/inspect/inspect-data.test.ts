import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectImage } from '@holdfast/image';
import { createMatrix } from '@holdfast/tensor';
import { encodePng } from '@holdfast/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataSource } from '../source/data-source.js';
import {
  copySigns,
  listSigns,
  makeFolder,
  type SignRow,
  writeManifest,
} from '../test-support/signs.js';
import { type InspectSettings, inspectData } from './inspect-data.js';
import { countLeaks } from './inspection.js';

const quiet = { onProgress: () => {} };
let folder: string;
let signs: SignRow[];

/** Six tracks: those of the first four images train, the others test. */
function listRows(): string[][] {
  const tracks = [...new Set(signs.map(({ group }) => group))];
  return signs.map(({ path, label, group }) => [
    path,
    label,
    group,
    tracks.indexOf(group) % 3 < 2 ? 'train' : 'test',
    tracks.indexOf(group) % 2 === 0 ? 'fog' : '',
  ]);
}
const header = ['path', 'label', 'group', 'split', 'weather'];

async function inspect(rows: readonly string[][], settings: Partial<InspectSettings> = {}) {
  await writeManifest(folder, [header, ...rows]);
  const source = await openDataSource({ name: 'm.csv' }, folder);
  return inspectData(source, { ...quiet, inspect: (path) => inspectImage(path), ...settings });
}

describe('inspectData', () => {
  beforeEach(async () => {
    folder = await makeFolder();
    signs = await listSigns(['road work', 'no passing'], { groups: 3, perGroup: 4 });
    await copySigns(folder, signs);
  });

  it('finds a copy in two uses behind a copy in none', async () => {
    const copies = ['none.png', 'train.png', 'test.png'];
    for (const name of copies) await copyFile(join(folder, signs[0]!.path), join(folder, name));
    const rows = copies.map((name, i) => [name, 'road work', '', ['', 'train', 'test'][i]!, '']);
    const { inspection } = await inspect(rows);
    expect(countLeaks(inspection)).toBe(1);
  });

  it('counts classes, uses, groups and the values of other columns', async () => {
    const { inspection } = await inspect(listRows());
    expect(inspection).toMatchObject({ rows: 24, images: 24, groups: 6 });
    expect(inspection.classes).toEqual(
      ['road work', 'no passing'].map((label) => ({
        class: label,
        images: 12,
        groups: 3,
        uses: [
          { use: 'train', images: 8, groups: 2 },
          { use: 'test', images: 4, groups: 1 },
        ],
      })),
    );
    expect(inspection.slices).toEqual([
      {
        column: 'weather',
        isComplete: true,
        values: [
          { value: 'fog', images: 12 },
          { value: '', images: 12 },
        ],
      },
    ]);
    expect(countLeaks(inspection)).toBe(0);
    expect(inspection.quality?.measures.map(({ name }) => name)).toEqual([
      'sharpness',
      'brightness',
      'contrast',
      'shorter side',
    ]);
  });

  it('names rows that cannot be used by their lines, and goes on', async () => {
    const rows = listRows();
    await rm(join(folder, rows[0]![0]!));
    await writeFile(join(folder, rows[1]![0]!), 'no image');
    rows[2] = [...rows[2]!.slice(0, 3), 'exam', ''];
    rows.push(rows[3]!, ['../outside.png', 'road work', '', '', '']);
    const { inspection } = await inspect(rows);
    const { missing, undecodable, unusable, repeated } = inspection.problems;
    expect(missing.listed).toEqual([
      { place: 'm.csv:2', path: rows[0]![0], reason: 'does not exist' },
      { place: 'm.csv:27', path: '../outside.png', reason: 'does not exist' },
    ]);
    expect(undecodable.listed).toMatchObject([{ place: 'm.csv:3' }]);
    expect(unusable.listed).toEqual([
      { place: 'm.csv:4', path: rows[2]![0], reason: 'has the unknown split "exam"' },
    ]);
    expect(repeated.listed).toMatchObject([{ place: 'm.csv:26', path: rows[3]![0] }]);
    expect(inspection.images).toBe(21);
  });

  it('finds copies, near copies and groups that are in two uses', async () => {
    const rows = listRows();
    const test = rows.find(([, , , split]) => split === 'test')![0]!;
    await copyFile(join(folder, test), join(folder, 'copy.png'));
    await copyFile(join(folder, test), join(folder, 'other.png'));
    rows.push(
      ['copy.png', 'road work', '', 'train', ''],
      ['other.png', 'no passing', '', 'train', ''],
    );
    rows[0]![3] = 'test';
    const { inspection } = await inspect(rows);
    expect(inspection.copies?.leaks.listed).toMatchObject([
      { first: { path: test, use: 'test' }, second: { place: 'm.csv:26', use: 'train' } },
    ]);
    expect(inspection.copies?.conflicts.count).toBe(1);
    expect(inspection.groupLeaks.listed).toMatchObject([{ first: { use: 'test' } }]);
    expect(inspection.near?.by).toBe('hash');
    expect(countLeaks(inspection)).toBeGreaterThanOrEqual(2);
  });

  it('compares by embeddings where there is a model, and says which images it cannot read', async () => {
    const rows = listRows();
    const last = rows.length - 1;
    const { inspection } = await inspect(rows, {
      embed: {
        similarityMin: 0.9,
        // Only the first and the last but one look alike.
        embed: async (samples) => {
          const matrix = createMatrix(samples.length, samples.length);
          for (const { index } of samples) matrix.data[index * samples.length + index] = 1;
          matrix.data.set([1, 0], (last - 1) * samples.length);
          matrix.data[(last - 1) * samples.length + last - 1] = 0;
          return { matrix, badImages: new Map([[last, 'too elongated']]) };
        },
      },
    });
    expect(inspection.near).toMatchObject({
      by: 'embedding',
      similarityMin: 0.9,
      pairs: { count: 0 },
      leaks: { count: 1, listed: [{ similarity: 1 }] },
    });
    expect(inspection.notes.join()).toContain('1 image cannot be read by the model');
  });

  it('finds images of unusual size, and elongated ones', async () => {
    const pixels = Uint8Array.from({ length: 400 * 40 * 3 }, (_, i) => (i * 7) % 256);
    await writeFile(join(folder, 'long.png'), encodePng(400, 40, pixels));
    const { inspection } = await inspect([
      ...listRows(),
      ['long.png', 'road work', '', 'train', ''],
    ]);
    expect(inspection.quality?.elongated.listed).toMatchObject([{ path: 'long.png' }]);
  });

  it('opens no image where it is told not to', async () => {
    const rows = listRows();
    await writeFile(join(folder, rows[1]![0]!), 'no image');
    const { inspection } = await inspect(rows, { inspect: undefined });
    expect(inspection).toMatchObject({ images: 24, copies: null, near: null, quality: null });
  });

  it('reads an image folder, and shows images of each class evenly', async () => {
    const source = await openDataSource({ name: 'images/train' }, folder);
    const { inspection, samples } = await inspectData(source, { ...quiet, samplesPerClass: 3 });
    expect(inspection.classes.map((each) => each.class)).toEqual(['no-passing', 'road-work']);
    expect(samples.map(({ images }) => images.length)).toEqual([3, 3]);
    expect(inspection.notes.join()).toContain('no row names a group');
  });

  it('refuses a root for a folder, archives, and data that are not there', async () => {
    await expect(openDataSource({ name: '.', root: '.' }, folder)).rejects.toThrow(
      'leave --root out',
    );
    await expect(openDataSource({ name: 'a.tar' }, folder)).rejects.toThrow(
      'a.tar is an archive, which these commands do not read',
    );
    await expect(openDataSource({ name: 'no.csv' }, folder)).rejects.toThrow(
      'no.csv cannot be read (ENOENT): name a manifest or a folder of images',
    );
  });

  it('stops on request', async () => {
    await writeManifest(folder, [header, ...listRows()]);
    const source = await openDataSource({ name: 'm.csv' }, folder);
    const signal = AbortSignal.abort();
    const inspected = inspectData(source, {
      ...quiet,
      signal,
      inspect: (path) => inspectImage(path),
    });
    await expect(inspected).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
