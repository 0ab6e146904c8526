import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaries } from './remove-temporaries.js';
import { writeFileAtomic } from './write-file-atomic.js';
import { writeFolderAtomic } from './write-folder-atomic.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-artifacts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  it('writes a file in folders that it makes, replaces it, and leaves nothing else', async () => {
    const path = join(folder, 'a/b/file.txt');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, Uint8Array.of(116, 119, 111));
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['file.txt']);
  });

  it('leaves no temporary file where it cannot write', async () => {
    await mkdir(join(folder, 'taken/inside'), { recursive: true });
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('writeFolderAtomic', () => {
  it('shows the folder only when it is whole', async () => {
    const target = join(folder, 'runs/checkpoint');
    const result = await writeFolderAtomic(target, async (temporary) => {
      await mkdir(join(temporary, 'nested'));
      await writeFile(join(temporary, 'nested/weights'), 'w');
      expect(await readdir(join(folder, 'runs'))).not.toContain('checkpoint');
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(join(target, 'nested/weights'), 'utf8')).toBe('w');
    expect(await readdir(join(folder, 'runs'))).toEqual(['checkpoint']);
  });

  it('replaces a folder whole', async () => {
    const target = join(folder, 'candidate');
    const write = (names: readonly string[], text: string) =>
      writeFolderAtomic(target, async (temporary) => {
        for (const name of names) await writeFile(join(temporary, name), text);
      });
    await write(['weights'], 'old');
    await write(['weights', 'heads'], 'new');
    expect(await readFile(join(target, 'weights'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['candidate']);
    // What the first writing had and the second has not would be lost.
    await expect(write(['weights'], 'newer')).rejects.toMatchObject({ kind: 'precondition' });
    expect(await readFile(join(target, 'heads'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['candidate']);
  });

  it('replaces no folder of other files, and no file', async () => {
    await mkdir(join(folder, 'data/images'), { recursive: true });
    await writeFile(join(folder, 'data/images/1.png'), 'pixels');
    for (const target of ['data', 'data/images/1.png']) {
      const writing = writeFolderAtomic(join(folder, target), (temporary) =>
        writeFile(join(temporary, 'weights'), ''),
      );
      await expect(writing).rejects.toMatchObject({ kind: 'precondition' });
    }
    expect(await readFile(join(folder, 'data/images/1.png'), 'utf8')).toBe('pixels');
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('keeps the old folder, and no rest, if writing fails', async () => {
    const target = join(folder, 'candidate');
    await writeFolderAtomic(target, (temporary) => writeFile(join(temporary, 'old'), ''));
    const failing = writeFolderAtomic(target, async (temporary) => {
      await writeFile(join(temporary, 'half'), '');
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await readdir(target)).toEqual(['old']);
    expect(await readdir(folder)).toEqual(['candidate']);
  });
});

describe('removeTemporaries', () => {
  const make = async (name: string, content: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'weights'), content);
  };

  it('gives a folder back that stepped aside for one that did not come', async () => {
    await make('.candidate.1b0e.old', 'old');
    await make('.candidate.77ac.tmp', 'new');
    await removeTemporaries(folder);
    expect(await readdir(folder)).toEqual(['candidate']);
    expect(await readFile(join(folder, 'candidate/weights'), 'utf8')).toBe('old');
  });

  it('removes one that stepped aside for one that came', async () => {
    await make('.candidate.1b0e.old', 'old');
    await make('candidate', 'new');
    await removeTemporaries(folder);
    expect(await readdir(folder)).toEqual(['candidate']);
    expect(await readFile(join(folder, 'candidate/weights'), 'utf8')).toBe('new');
  });
});
