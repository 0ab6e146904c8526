// Images that are damaged, lie about their size or are something else.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { writeSampleTable } from '../../libs/dataset/dist/index.js';

/** A PNG whose header says any size, with as many bytes as are given. */
function makePng(width, height, pixels, colourType = 2) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32?.(body) ?? 0);
    return Buffer.concat([length, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, colourType, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const svg = (inner) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999">${inner}</svg>`,
  );
const bombs = [
  makePng(65_535, 65_535, Buffer.alloc(2 ** 22)),
  makePng(2 ** 31 - 1, 1, Buffer.alloc(100)),
  makePng(0, 0, Buffer.alloc(10)),
  makePng(8000, 8000, Buffer.alloc(8000 * 8000)),
  makePng(10, 10, Buffer.alloc(5000), 3),
  Buffer.concat([Buffer.from('GIF89a'), Buffer.from([255, 255, 255, 255, 0x80, 0, 0])]),
  Buffer.concat([Buffer.from('BM'), Buffer.alloc(60, 0xff)]),
  Buffer.from('49492a0008000000ffff', 'hex'),
  Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8X', 'latin1'),
  svg('<image href="file:///etc/passwd"/>'),
  svg('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><text>&a;</text>'),
  Buffer.from('%PDF-1.4'),
  Buffer.alloc(0),
  Buffer.from([0xff, 0xd8, 0xff]),
];

/**
 * Writes images and their table.
 *
 * @param sources paths of sound images
 * @returns path and sha256 of the table
 */
export async function writeOddImages({ folder, count, sources, random, changeBytes }) {
  const samples = Array.from({ length: count }, (_, index) => {
    const path = join(folder, `odd-${index}`);
    const isBomb = random.below(4) === 0;
    const sound = readFileSync(random.pick(sources));
    writeFileSync(path, isBomb ? random.pick(bombs) : changeBytes(sound));
    return {
      index,
      path,
      relativePath: path,
      sha256: '',
      label: 'a',
      group: String(index),
      roles: ['target'],
    };
  });
  const path = join(folder, 'odd.csv');
  return { path, ...(await writeSampleTable(path, samples)) };
}
