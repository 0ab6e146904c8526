import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identifyProcess } from './lease/process-identity.js';
import { nameTemporary, removeAbandoned } from './temporary-name.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-temporary-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { kernel } = await identifyProcess();

it.runIf(kernel)('are removed when their process is gone, and no others', async () => {
  const own = await nameTemporary();
  const as = (id: number | undefined) => own.replace(/^\.\d+/, `.${id}`);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const otherBoot = as(child.pid).replace(kernel!.boot, '0'.repeat(36));
  const kept = [own, otherBoot, '.0b9c.tmp', 'a.pixels'];
  for (const name of [...kept, as(child.pid)]) await writeFile(join(folder, name), '');
  await removeAbandoned(folder);
  expect((await readdir(folder)).sort()).toEqual(kept.sort());
  await removeAbandoned(join(folder, 'none'));
});
