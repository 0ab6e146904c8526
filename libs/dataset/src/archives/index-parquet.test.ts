import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { readSampleImage } from '../read-sample-image.js';
import { makeFolder } from '../test-support/test-data.js';
import type { ArchiveColumns } from './archive-index.js';
import { indexParquet } from './index-parquet.js';
import { formatCell, readImageValue } from './parquet-values.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const read = (path: string, columns: ArchiveColumns = {}) =>
  indexParquet(path, { name: 'a.parquet', columns });

const failChanged = async (change: (content: Buffer) => Buffer) => {
  const path = join(await makeFolder(), 'a.parquet');
  await writeFile(path, change(await readFile(fixture('pyarrow.parquet'))));
  return catchFault(() => read(path));
};

describe('indexParquet', () => {
  it("reads what Hugging Face's datasets write, classes by their names", async () => {
    const { images, unused } = await read(fixture('datasets.parquet'), { group: 'drive' });
    expect(images.map(({ name, cells }) => [name, ...cells.slice(0, 2)])).toEqual([
      ['0', 'no passing', 'drive 0-0'],
      ['1', 'no passing', 'drive 0-0'],
      ['2', 'road work', 'drive 1-0'],
      ['3', 'road work', 'drive 1-0'],
      ['4', 'speed limit 80', 'drive 2-0'],
      ['5', 'speed limit 80', 'drive 2-0'],
    ]);
    expect(unused).toEqual(['score']);
    expect(images[3]!.place).toBe(`${fixture('datasets.parquet')}#row=3&column=image`);
  });

  it('keeps columns that are asked for, also a group', async () => {
    const options = { name: 'a.parquet', columns: { group: 'drive' }, asked: ['drive', 'score'] };
    const { images, unused } = await indexParquet(fixture('datasets.parquet'), options);
    expect(images[2]!.cells).toEqual(['road work', 'drive 1-0', '', '', 'drive 1-0', '0.5']);
    expect(unused).toEqual([]);
  });

  it('reads images by their rows, across row groups and in any order', async () => {
    const { images } = await read(fixture('pyarrow.parquet'));
    for (const { place, sha256: hash } of [...images, images[0]!, images[5]!]) {
      expect(sha256(await readSampleImage(place))).toBe(hash);
    }
    const at = await Promise.all(images.map(({ place }) => readSampleImage(place)));
    expect(at.map((bytes) => sha256(bytes))).toEqual(images.map((image) => image.sha256));
  });

  it('refuses columns that are not there or hold no images, naming those that are', async () => {
    const fail = (columns: ArchiveColumns) =>
      catchFault(() => read(fixture('datasets.parquet'), columns));
    expect((await fail({ label: 'species' })).message).toMatch(
      /no column species; its columns are image, label, drive, score.*data\.columns\.label/,
    );
    expect((await fail({ image: 'photo' })).message).toMatch(/no column photo/);
    expect((await fail({ image: 'label' })).message).toMatch(/the column label holds no images/);
  });

  it('refuses what is cut off, encrypted, or another file, saying where', async () => {
    const cut = await failChanged((content) => content.subarray(0, content.length - 100));
    expect(cut).toMatchObject({ kind: 'invalid' });
    expect(cut.message).toMatch(/its footer: bytes \d+ to \d+ are not "PAR1"; copy it again/);
    expect((await failChanged(() => Buffer.from('PAR1'))).message).toMatch(/the file has 4 bytes/);
    const sealed = await failChanged((content) => {
      content.write('PARE', content.length - 4);
      return content;
    });
    expect(sealed.message).toMatch(/is encrypted/);
    const long = await failChanged((content) => {
      content.writeUInt32LE(2 ** 31, content.length - 8);
      return content;
    });
    expect(long.message).toMatch(/its footer: byte \d+ says that it has 2147483648 bytes/);
  });

  it('names the row group that is damaged', async () => {
    const fault = await failChanged((content) => {
      content.fill(0xff, 4, 60);
      return content;
    });
    expect(fault).toMatchObject({ kind: 'invalid' });
    expect(fault.message).toMatch(/row group 0 \(rows 0 to 4\)/);
  });
});

describe('values of Parquet', () => {
  const refused: string[] = [];
  const refuse = (what: string) => refused.push(what);

  it('are images where they have bytes', () => {
    const bytes = Uint8Array.of(1);
    expect(readImageValue(bytes, refuse)).toBe(bytes);
    expect(readImageValue({ bytes, path: 'a.png' }, refuse)).toBe(bytes);
    expect(refused).toEqual([]);
    expect(readImageValue({ bytes: undefined, path: 'a.png' }, refuse)).toBeUndefined();
    expect(refused.pop()).toMatch(/only names the image a.png, without its bytes/);
    expect(readImageValue(null, refuse)).toBeUndefined();
    expect(refused.pop()).toMatch(/has no image/);
  });

  it('are cells where they are texts, numbers, or numbers of names', () => {
    const cells = ['a', 3, 3n, true, null, undefined, Number.NaN];
    expect(cells.map((value) => formatCell(value, undefined, refuse))).toEqual([
      ...['a', '3', '3', 'true', '', '', ''],
    ]);
    expect([0n, 1, -1n, 'x'].map((value) => formatCell(value, ['a', 'b'], refuse))).toEqual([
      ...['a', 'b', '', 'x'],
    ]);
    expect(refused).toEqual([]);
    expect(formatCell(2, ['a', 'b'], refuse)).toBe('');
    expect(refused.pop()).toBe('has the class 2, of 2 that the file names');
    expect(formatCell(new Date(), undefined, refuse)).toBe('');
    expect(refused.pop()).toMatch(/neither a text nor a number/);
  });
});
