import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from '@holdfast/service-kit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchRunsFolder } from './runs-folder.js';

vi.mock('node:fs/promises', { spy: true });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('is there as soon as it can be made, and says how much is free', async () => {
  const registry = new Registry();
  const { name, check } = watchRunsFolder(join(folder, 'a/b'), registry);
  expect(name).toBe(`the folder of runs, ${join(folder, 'a/b')}`);
  await check();
  const [free] = (await registry.metrics()).match(/(?<=^holdfast_runs_free_bytes )\S+/m) ?? [];
  expect(Number(free)).toBeGreaterThan(2 ** 20);
});

it('is missing where it lies below a file', async () => {
  await writeFile(join(folder, 'file'), '');
  const { check } = watchRunsFolder(join(folder, 'file/runs'), new Registry());
  await expect(check()).rejects.toThrow('not a folder');
});

it('is missing where nothing can be saved any more', async () => {
  vi.mocked(statfs).mockResolvedValueOnce({ bavail: 5 * 2 ** 8, bsize: 4096 } as never);
  const { check } = watchRunsFolder(folder, new Registry());
  await expect(check()).rejects.toThrow('5 MiB are free');
});
