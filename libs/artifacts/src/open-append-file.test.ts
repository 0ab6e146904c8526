import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAppendFile } from './open-append-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-append-'));
  path = join(folder, 'ledger.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

describe('openAppendFile', () => {
  it.each([
    ['whole', 'one\n', 'two\n'],
    ['cut off', 'one\ntw', 'o\nthree\n'],
  ])('cuts nothing off that another appended since it was read, %s', async (_, read, later) => {
    await writeFile(path, read);
    // This process stood still.
    await appendFile(path, later);
    const opening = openAppendFile(path, { bytes: read.length, wholeBytes: 4 });
    await expect(opening).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readFile(path, 'utf8')).toBe(read + later);
  });

  it('cuts nothing off where another took over', async () => {
    await writeFile(path, 'one\ntw');
    const fence = async () => {
      throw new Fault('aborted', 'taken over');
    };
    const opening = openAppendFile(path, { bytes: 6, wholeBytes: 4 }, fence);
    await expect(opening).rejects.toThrow('taken over');
    expect(await readFile(path, 'utf8')).toBe('one\ntw');
  });
});
