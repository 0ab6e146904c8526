import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimRunFolder } from './claim-run-folder.js';

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-claim-'));
  path = join(root, 'run');
});
afterEach(() => rm(root, { recursive: true }));

/** Files that were written a minute ago. */
async function leave(...names: string[]): Promise<void> {
  await mkdir(path);
  const before = new Date(Date.now() - 60_000);
  for (const name of names) {
    await writeFile(join(path, name), '');
    await utimes(join(path, name), before, before);
  }
}

describe('claimRunFolder', () => {
  it('makes a folder, or takes an empty one', async () => {
    await claimRunFolder(path, [root]);
    expect((await claimRunFolder(path, [root])).path).toBe(path);
    await rm(path, { recursive: true });
    await leave();
    expect((await claimRunFolder(path, [root])).path).toBe(path);
  });

  it('takes what a submission left that was killed before it was a run', async () => {
    await leave('plan.yaml', 'journal.jsonl', 'lease', 'modules', '.0b9c.tmp');
    await claimRunFolder(path, [root]);
    expect(await readdir(path)).toEqual([]);
  });

  it('leaves one that may still be submitted', async () => {
    await leave('journal.jsonl');
    await writeFile(join(path, 'plan.yaml'), '');
    await expect(claimRunFolder(path, [root])).rejects.toThrow(
      'is being submitted, or whose process was killed meanwhile: try again in 10 seconds',
    );
    expect(await readdir(path)).toHaveLength(2);
  });

  it.each([
    // A user's own plan, in a folder of theirs.
    [['plan.yaml'], 'holds a run'],
    [['plan.yaml', 'modules'], 'holds a run'],
    [['plan.yaml', 'origin.json'], 'holds a run; resume it or name another folder'],
    [['plan.yaml', 'notes.txt'], 'holds a run'],
    [['notes.txt'], 'is not empty; name a new folder for the run'],
  ])('leaves %j', async (names, message) => {
    await leave(...names);
    await expect(claimRunFolder(path, [root])).rejects.toThrow(message);
    expect(await readdir(path)).toHaveLength(names.length);
  });
});
