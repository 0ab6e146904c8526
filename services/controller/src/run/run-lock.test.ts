import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRun } from './run-lock.js';

const newLock = async () => join(await mkdtemp(join(tmpdir(), 'holdfast-lock-')), 'run.lock');

describe('lockRun', () => {
  it('refuses a run that a live process works on, and says which', async () => {
    const path = await newLock();
    const unlock = await lockRun(path);
    await expect(lockRun(path)).rejects.toMatchObject({
      kind: 'aborted',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await unlock();
    await (await lockRun(path))();
  });

  it.each(['999999999', '', 'torn'])(
    'takes over a lock that says %j, left by a crash',
    async (content) => {
      const path = await newLock();
      await writeFile(path, content);
      await lockRun(path);
      expect(await readFile(path, 'utf8')).toBe(String(process.pid));
    },
  );
});
