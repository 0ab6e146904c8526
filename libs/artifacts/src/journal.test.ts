import { appendFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJsonLines } from './json-lines.js';
import { openJournal } from './open-journal.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-journal-'));
  path = join(folder, 'run/journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

async function writeLines(...objects: unknown[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
}

describe('JSON lines', () => {
  it('come back in order, with unusual characters', async () => {
    expect(await readJsonLines(path)).toEqual([]);
    const objects = [{ step: 0 }, { text: 'a\nb \u2028 "c" äöü' }, null];
    await writeLines(...objects);
    expect(await readJsonLines(path)).toEqual(objects);
  });

  it('leave out a last line that a crash cut off, and name another that is no JSON', async () => {
    await writeLines({ step: 0 });
    await appendFile(path, '{"step": 1');
    expect(await readJsonLines(path)).toEqual([{ step: 0 }]);
    await appendFile(path, '\n{"step": 2}\n');
    await expect(readJsonLines(path)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('line 2'),
    });
  });
});

describe('a journal', () => {
  it('keeps entries in call order, and goes on where it stopped', async () => {
    const first = await openJournal(path);
    expect(first.entries).toEqual([]);
    await Promise.all(Array.from({ length: 50 }, (_, step) => first.append({ step })));
    await first.close();
    await first.close();
    const second = await openJournal(path);
    expect(second.entries).toEqual(Array.from({ length: 50 }, (_, step) => ({ step })));
    await second.append({ step: 50 });
    await second.close();
    expect(await readJsonLines(path)).toHaveLength(51);
  });

  it('cuts off what a crash left unfinished before it appends', async () => {
    await writeLines({ step: 0 });
    await appendFile(path, '{"step": 1, "long": "xxx');
    const journal = await openJournal(path);
    expect(journal.entries).toEqual([{ step: 0 }]);
    await journal.append({ step: 1 });
    await journal.close();
    expect(await readFile(path, 'utf8')).toBe('{"step":0}\n{"step":1}\n');
  });

  it('waits for pending entries when it closes, and refuses later ones', async () => {
    const journal = await openJournal(path);
    const appended = journal.append({ step: 0 });
    await journal.close();
    await appended;
    await expect(journal.append({ step: 1 })).rejects.toMatchObject({ kind: 'precondition' });
    expect(await readJsonLines(path)).toEqual([{ step: 0 }]);
  });

  it('goes on after an entry that cannot be written', async () => {
    const journal = await openJournal(path);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await expect(journal.append(circular)).rejects.toThrow(TypeError);
    await journal.append({ step: 0 });
    await journal.close();
    expect(await readJsonLines(path)).toEqual([{ step: 0 }]);
  });

  it('leaves no half of an entry that a full disk cut off', async () => {
    const journal = await openJournal(path);
    await journal.append({ step: 0 });
    const file = await open(path);
    const fullDisk = vi.spyOn(Object.getPrototypeOf(file), 'appendFile');
    await file.close();
    fullDisk.mockImplementationOnce(async () => {
      await appendFile(path, '{"st');
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    await expect(journal.append({ step: 1 })).rejects.toThrow('no space');
    fullDisk.mockRestore();
    await journal.append({ step: 2 });
    await journal.close();
    expect(await readJsonLines(path)).toEqual([{ step: 0 }, { step: 2 }]);
  });

  it('refuses a path that is a folder', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openJournal(folder)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
