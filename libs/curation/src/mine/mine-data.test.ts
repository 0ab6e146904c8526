import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMatrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { openDataSource } from '../source/data-source.js';
import { copySigns, listSigns, makeFolder, writeManifest } from '../test-support/signs.js';
import { hasPairLabels, importPairs } from './import-pairs.js';
import { createKeywordTest } from './match-keywords.js';
import { type MineSettings, mineData } from './mine-data.js';
import { writeMined } from './write-mined.js';

describe('createKeywordTest', () => {
  it('finds whole words and phrases, in any case and script', () => {
    const test = createKeywordTest({ any: ['car', 'Tunnel  entrance', 'tún'], none: ['toy car'] });
    expect(test('A CAR, parked')).toBe(true);
    expect(test('a carpet')).toBe(false);
    expect(test('the tunnel\tentrance')).toBe(true);
    expect(test('đi qua tu\u0301n')).toBe(true);
    expect(test('a toy car')).toBe(false);
  });

  it('takes signs in words as they are, and refuses what is no keyword', () => {
    expect(createKeywordTest({ any: ['c++'], none: [] })('in c++ code')).toBe(true);
    expect(() => createKeywordTest({ any: [], none: [] })).toThrow('at least one keyword');
    expect(() => createKeywordTest({ any: [' '], none: [] })).toThrow('a keyword is empty');
  });
});

/** A pool of signs with captions: of road work, the first four are captioned so, the last of these wrongly. */
async function createPool() {
  const folder = await makeFolder();
  const signs = await listSigns(['road work', 'no passing'], { groups: 4, perGroup: 2 });
  await copySigns(folder, signs);
  await copyFile(join(folder, signs[0]!.path), join(folder, 'copy.png'));
  const rows = signs.map(({ path }, i) => [
    path,
    i < 4 ? `men at Road Work ${i}` : `a street ${i}`,
  ]);
  rows.push(['copy.png', 'road work again'], ['gone.png', 'road work, gone']);
  await writeManifest(folder, [['filepath', 'title'], ...rows]);
  return { folder, signs, source: await openDataSource({ name: 'm.csv' }, folder) };
}

/** Images are at a right angle to the prompt but for three: the captioned ones less the wrong one. */
const settings: MineSettings = {
  keywords: { any: ['road work'], none: [] },
  positives: 10,
  negatives: 3,
  seed: 0,
  embed: async (samples) => {
    const matrix = createMatrix(samples.length, 2);
    for (const { index } of samples) {
      const cosine = index < 3 || index === 16 ? 0.9 : 0;
      matrix.data.set([cosine, Math.sqrt(1 - cosine ** 2)], 2 * index);
    }
    const prompt = createMatrix(1, 2, Float32Array.from([1, 0]));
    return { matrix, prompt, badImages: new Map() };
  },
  onProgress: () => {},
};

describe('mineData', () => {
  it('takes images on which keyword and model agree, each content once, and others as negatives', async () => {
    const { source, folder } = await createPool();
    const mined = await mineData(source, settings);
    expect(mined.matched).toBe(5);
    expect(mined.positives.map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(mined.cosineMin).toBe(0);
    expect(mined.negatives.length).toBe(3);
    expect(mined.negatives.every(({ row }) => row >= 4)).toBe(true);
    expect(mined.notes).toEqual([
      '1 of 18 rows are left out: without an image, or wrong by themselves',
    ]);
    const file = { path: join(folder, 'pairs.csv'), name: 'pairs.csv' };
    await writeMined(file, source, mined, 'road work');
    const lines = (await readFile(file.path, 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('path,label,role,caption,cosine');
    expect(lines[1]).toMatch(/,road work,target,men at Road Work \d,0\.9000$/);
    expect(lines.at(-1)).toMatch(/,not road work,negative,a street \d+,/);
  });

  it('confirms as much where no negatives are wanted, and refuses where nothing is there to compare with', async () => {
    const { source, folder } = await createPool();
    const { positives } = await mineData(source, settings);
    const none = await mineData(source, { ...settings, negatives: 0 });
    expect(none).toMatchObject({ positives, negatives: [] });
    const rows = (await readFile(join(folder, 'm.csv'), 'utf8')).split('\n');
    const matched = rows.filter((row, i) => i === 0 || /road work/i.test(row));
    await writeFile(join(folder, 'all.csv'), `${matched.join('\n')}\n`);
    const all = await openDataSource({ name: 'all.csv' }, folder);
    await expect(mineData(all, settings)).rejects.toThrow('no image without the keywords');
  });

  it('draws the same for the same seed', async () => {
    const { source } = await createPool();
    expect(await mineData(source, settings)).toEqual(await mineData(source, settings));
  });

  it('refuses keywords that no caption has', async () => {
    const { source } = await createPool();
    const keywords = { any: ['tunnel'], none: [] };
    await expect(mineData(source, { ...settings, keywords })).rejects.toThrow(
      'has a keyword (tunnel)',
    );
  });
});

describe('importPairs', () => {
  async function importText(text: string) {
    const folder = await makeFolder();
    await writeFile(join(folder, 'r.csv'), text);
    const source = await openDataSource({ name: 'r.csv' }, folder);
    const file = { path: join(folder, 'pairs.csv'), name: 'pairs.csv' };
    return { source, file, import: () => importPairs(file, source, 'foggy') };
  }

  it('reads slabel 1 as the target and 0 as negatives', async () => {
    const {
      source,
      file,
      import: run,
    } = await importText(
      'filepath,title,slabel\na.jpg,"a foggy, wet road",1\nb.jpg,a street,0.0\n',
    );
    expect(hasPairLabels(source)).toBe(true);
    expect(await run()).toEqual({ positives: 1, negatives: 1 });
    expect(await readFile(file.path, 'utf8')).toBe(
      'path,label,role,caption\na.jpg,foggy,target,"a foggy, wet road"\nb.jpg,not foggy,negative,a street\n',
    );
  });

  it('refuses another slabel by its row, and leaves no file', async () => {
    const { file, import: run } = await importText(
      'filepath,title,slabel\na.jpg,fog,1\nb.jpg,fog,2\n',
    );
    await expect(run()).rejects.toThrow('r.csv:3 has the slabel "2"; expected 1 or 0');
    await expect(readFile(file.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
