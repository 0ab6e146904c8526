import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../test-support/test-data.js';
import type { ArchiveIndex } from './archive-index.js';
import { withIndexCache } from './index-cache.js';

const makeIndex = (name: string): ArchiveIndex => ({
  images: [{ name, place: name, sha256: 'a'.repeat(64), cells: ['x', '', '', ''] }],
  unused: [],
  notes: [],
});

let folder: string;
let path: string;
let made: number;
const open = (columns = {}, asked: string[] = []) =>
  withIndexCache(path, { columns, asked }, async () => {
    made += 1;
    return makeIndex(String(made));
  });
const nameOf = ({ images }: ArchiveIndex) => images[0]!.name;

beforeEach(async () => {
  folder = await makeFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  path = join(folder, 'a.tar');
  await writeFile(path, 'content');
  made = 0;
  return () => vi.unstubAllEnvs();
});

describe('withIndexCache', () => {
  it('makes an index once for an archive and its columns', async () => {
    expect(nameOf(await open())).toBe('1');
    expect(await open()).toEqual(makeIndex('1'));
    expect(nameOf(await open({ label: 'species' }))).toBe('2');
    expect(nameOf(await open({}, ['night']))).toBe('3');
    expect(nameOf(await open())).toBe('1');
  });

  it('knows an archive no more that was written again, with its size and time', async () => {
    await open();
    const past = new Date(1e12);
    await utimes(path, past, past);
    expect(nameOf(await open())).toBe('2');
    await writeFile(path, 'CONTENT');
    await utimes(path, past, past);
    expect(nameOf(await open())).toBe('3');
  });

  it('keeps nothing of an archive that is written meanwhile', async () => {
    await withIndexCache(path, { columns: {} }, async () => {
      await writeFile(path, 'longer content');
      return makeIndex('old');
    });
    expect(nameOf(await open())).toBe('1');
  });

  it('makes it anew where what it kept is damaged, or where nothing can be kept', async () => {
    await open();
    const cache = join(folder, 'cache/holdfast/archives');
    const [name] = await readdir(cache);
    const text = await readFile(join(cache, name!), 'utf8');
    await writeFile(join(cache, name!), text.slice(0, -10));
    expect(nameOf(await open())).toBe('2');
    vi.stubEnv('XDG_CACHE_HOME', path);
    expect(nameOf(await open())).toBe('3');
    expect(nameOf(await open())).toBe('4');
  });
});
