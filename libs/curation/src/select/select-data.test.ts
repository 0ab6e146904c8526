import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectImage } from '@holdfast/image';
import { createMatrix } from '@holdfast/tensor';
import { encodePng } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { openDataSource } from '../source/data-source.js';
import { writeRows } from '../source/write-rows.js';
import { copySigns, listSigns, makeFolder, writeManifest } from '../test-support/signs.js';
import { type SelectSettings, selectData } from './select-data.js';

async function select(settings: Partial<SelectSettings> = {}) {
  const folder = await makeFolder();
  const signs = await listSigns(['road work', 'no passing'], { groups: 3, perGroup: 3 });
  await copySigns(folder, signs);
  await copyFile(join(folder, signs[0]!.path), join(folder, 'copy.png'));
  await writeFile(join(folder, 'grey.png'), encodePng(8, 8, new Uint8Array(8 * 8 * 3).fill(90)));
  const rows = signs.map(({ path, label, group }) => [path, label, group]);
  const extra = [
    ['copy.png', 'road work', ''],
    ['grey.png', 'road work', ''],
  ];
  await writeManifest(folder, [['path', 'label', 'camera'], ...rows, ...extra]);
  const source = await openDataSource({ name: 'm.csv' }, folder);
  const selection = await selectData(source, {
    count: 3,
    byClass: false,
    limits: {},
    seed: 0,
    inspect: (path) => inspectImage(path),
    // Each image its own direction.
    embed: async (samples) => {
      const matrix = createMatrix(samples.length, samples.length);
      for (const { index } of samples) matrix.data[index * (samples.length + 1)] = 1;
      return { matrix, badImages: new Map() };
    },
    onProgress: () => {},
    ...settings,
  });
  return { folder, source, selection };
}

describe('selectData', () => {
  it('chooses among different images, and leaves bad ones out', async () => {
    const { selection } = await select({ limits: { contrastMin: 1, sideMin: 16 } });
    expect(selection).toMatchObject({ candidates: 18, leftOut: { contrast: 1, side: 0 } });
    expect(selection.rows.length).toBe(3);
    expect((await select({ limits: { sideMin: 16 } })).selection.leftOut.side).toBe(1);
  });

  it('chooses so many of each class, and writes their rows as they are', async () => {
    const { selection, source, folder } = await select({ byClass: true, count: 2 });
    expect(selection.rows.length).toBe(4);
    const file = { path: join(folder, 'chosen.csv'), name: 'chosen.csv' };
    await writeRows(file, source, new Set(selection.rows));
    const [header, ...lines] = (await readFile(file.path, 'utf8')).trim().split('\n');
    expect(header).toBe('path,label,camera');
    const labels = lines.map((line) => line.split(',')[1]);
    expect(labels.sort()).toEqual(['no passing', 'no passing', 'road work', 'road work']);
  });

  it('refuses limits that no image meets', async () => {
    await expect(select({ limits: { sideMin: 5000 } })).rejects.toThrow(
      'no image of m.csv can be used and meets the limits',
    );
  });
});
