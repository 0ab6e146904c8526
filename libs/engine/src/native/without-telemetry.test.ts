import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { locateBuilt } from '../locate-built.js';

const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true });
});

/** Runs a module in a process whose home is empty, and lists what it left there. */
async function runAtHome(source: string): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-home-'));
  homes.push(home);
  const env = { PATH: process.env['PATH'], HOME: home };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], { env });
  return readdir(home, { recursive: true });
}

it("keeps onnxruntime from noting what it runs, in a thread like an engine's", async () => {
  const runtime = JSON.stringify(locateBuilt('native/onnxruntime.js').href);
  const thread = `import(${runtime}).then(({ InferenceSession }) => InferenceSession.create(new Uint8Array(2))).catch(() => {})`;
  const source = `import { SHARE_ENV, Worker } from 'node:worker_threads';
new Worker(${JSON.stringify(thread)}, { eval: true, env: SHARE_ENV });`;
  expect(await runAtHome(source)).toEqual([]);
});
