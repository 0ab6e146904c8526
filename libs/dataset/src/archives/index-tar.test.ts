import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { sha256 } from '@holdfast/artifacts';
import { catchFault, packTar } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { readSampleImage } from '../read-sample-image.js';
import { makeFolder } from '../test-support/test-data.js';
import type { ArchiveColumns } from './archive-index.js';
import { indexTar } from './index-tar.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

const write = async (content: Uint8Array) => {
  const path = join(await makeFolder(), 'a.tar');
  await writeFile(path, content);
  return path;
};
const read = (path: string, columns: ArchiveColumns = {}) =>
  indexTar(path, { name: 'a.tar', columns });
const index = async (files: Record<string, string | Uint8Array>, columns: ArchiveColumns = {}) =>
  read(await write(packTar(files)), columns);
const fail = async (content: Uint8Array) => {
  const path = await write(content);
  return catchFault(() => read(path));
};

describe('indexTar', () => {
  it('finds samples by their names up to the first dot, and their images by extension', async () => {
    const { images, unused, notes } = await index({
      './b/1.PNG': 'one',
      './b/1.cls': ' 7\n',
      './b/1.txt': 'a caption',
      'a.b/2.cls': 'stop',
      'a.b/2.seg.png': 'a mask',
      'a.b/2.webp': 'two',
    });
    expect(images).toMatchObject([
      { name: 'b/1.PNG', sha256: sha256('one'), cells: ['7', '', '', ''] },
      { name: 'a.b/2.webp', sha256: sha256('two'), cells: ['stop', '', '', ''] },
    ]);
    expect(unused).toEqual(['seg.png', 'txt']);
    expect(notes).toEqual([]);
  });

  it('reads the fields of a JSON, and the columns that it is told to', async () => {
    const files = {
      '1.left.jpg': 'left',
      '1.right.jpg': 'right',
      '1.json': '{"species":"cod","trip":12,"night":true,"boxes":[1],"weight":null}',
      '1.part': 'test',
    };
    const columns = { image: 'right.jpg', label: 'species', group: 'trip', split: 'part' };
    const { images, unused } = await index(files, columns);
    expect(images).toMatchObject([{ sha256: sha256('right'), cells: ['cod', '12', '', 'test'] }]);
    expect(unused).toEqual(['left.jpg', 'night']);
  });

  it('says what it leaves out', async () => {
    const { images, notes } = await index({
      '1.jpg': 'one',
      '2.cls': 'stop',
      README: 'text',
      '._1.jpg': 'what macOS writes',
    });
    expect(images).toHaveLength(1);
    expect(notes).toEqual([
      '1 sample has no image, and is left out: 2 (cls)',
      '2 files belong to no sample, and are left out: README, ._1.jpg',
    ]);
  });

  it('reads what webdataset and Python write, names that no header holds included', async () => {
    const expected = (stem: string) => [`${stem}/no passing/00.png`, `${stem}/no passing/01.jpg`];
    for (const name of ['gnu.tar', 'pax.tar']) {
      const { images } = await read(fixture(name));
      expect(images).toHaveLength(6);
      expect(images.map((image) => image.name).slice(0, 2)).toEqual(
        expected('straße '.repeat(20).normalize('NFC')),
      );
      expect(images[0]).toMatchObject({ cells: ['no passing', 'drive 0-0', '', ''] });
    }
    const columns = { label: 'name', group: 'drive' };
    const { images, unused } = await read(fixture('webdataset-000000.tar'), columns);
    expect(images).toHaveLength(4);
    expect(images[3]!.cells).toEqual(['road work', 'drive 1-0', '', '']);
    expect(unused).toEqual(['cls', 'txt']);
    for (const { place, sha256: hash } of images) {
      expect(sha256(await readSampleImage(place))).toBe(hash);
    }
  });

  it('refuses samples that nobody can tell apart, all of them by name', async () => {
    const fault = await catchFault(() =>
      index({
        '1.jpg': 'one',
        '1.png': 'two',
        '2.jpg': 'three',
        '2.JPG': 'four',
        '1.cls': 'stop',
        '3.json': '[1]',
        '4.cls': Buffer.from([0xff, 0xfe]),
      }),
    );
    expect(fault.kind).toBe('invalid');
    expect(fault.violations.map(({ field }) => field)).toEqual([
      'a.tar/1.png',
      'a.tar/2.JPG',
      'a.tar/2.JPG',
      'a.tar/1.cls',
      'a.tar/3.json',
      'a.tar/4.cls',
    ]);
    expect(fault.message).toContain('data.columns.image');
    expect(fault.message).toContain("write a sample's files one after another");
  });

  it('refuses what was cut off, wherever it was, naming the byte', async () => {
    const whole = packTar({ '1.jpg': 'x'.repeat(600), '1.cls': 'stop' });
    for (let end = 0; end < whole.length - 512; end += 256) {
      const fault = await fail(whole.subarray(0, end));
      expect(fault.kind).toBe('invalid');
      expect(fault.message).toContain(`a.tar ends at byte ${end}`);
      expect(fault.message).toContain('cut off');
    }
    expect((await fail(whole.subarray(0, 700))).message).toContain('within 1.jpg');
  });

  it('refuses what is damaged, compressed, or goes on behind its end', async () => {
    const whole = packTar({ '1.jpg': 'one', '2.jpg': 'two' });
    const damaged = Buffer.from(whole);
    damaged[1024 + 100] = 0x37;
    expect((await fail(damaged)).message).toMatch(/damaged at byte 1024.*copy it again/);
    expect((await fail(gzipSync(whole))).message).toMatch(/compressed by gzip; decompress it/);
    const twice = Buffer.concat([whole, packTar({ '3.jpg': 'three' })]);
    expect((await fail(twice)).message).toMatch(/goes on at byte 3072 behind its end at 2048/);
  });

  it('refuses a name without end', async () => {
    const path = fixture('pax.tar');
    const content = Buffer.from(await readFile(path));
    // A pax header that says it is larger than any name.
    content.write('00000400000\0', 124);
    let sum = 256;
    for (let i = 0; i < 512; i += 1) if (i < 148 || i >= 156) sum += content[i]!;
    content.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const grown = await write(content);
    await appendFile(grown, Buffer.alloc(2 ** 17));
    const fault = await catchFault(() => read(grown));
    expect(fault.message).toMatch(/has a name of 131072 bytes at byte 512/);
  });
});
