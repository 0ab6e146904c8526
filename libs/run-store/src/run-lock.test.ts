import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  it('lets one of many that find a lock left by a crash take it over', async () => {
    const path = await newLock();
    await writeFile(path, '999999999');
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(path)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(dirname(path))).toEqual(['run.lock']);
  });

  it.runIf(process.platform === 'linux')(
    'takes over a lock of an earlier process with the same number',
    async () => {
      const path = await newLock();
      await writeFile(path, `${process.pid} 1`);
      await (await lockRun(path))();
      expect(await readdir(dirname(path))).toEqual([]);
    },
  );

  it.each(['999999999', '', 'torn'])(
    'takes over a lock that says %j, left by a crash',
    async (content) => {
      const path = await newLock();
      await writeFile(path, content);
      await lockRun(path);
      expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    },
  );
});
