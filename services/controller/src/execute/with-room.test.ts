import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '@holdfast/fault';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withRoom } from './with-room.js';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'holdfast-room-'));
});
afterEach(() => rm(path, { recursive: true }));

/** Work that finds the disk full so many times, with so much saved each time. */
async function attempt(
  times: number,
  {
    saved = () => 0,
    signal = new AbortController().signal,
    pauseMs = 1,
  }: { saved?: (calls: number) => number; signal?: AbortSignal; pauseMs?: number } = {},
) {
  let calls = 0;
  const told: string[] = [];
  const knew: (string | undefined)[] = [];
  const work = async (full: Fault | undefined) => {
    knew.push(full?.message);
    calls += 1;
    if (calls > times) return 'done';
    throw Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' });
  };
  const result = await withRoom(work, {
    ...{ path, signal },
    onFull: ({ message }) => told.push(message),
    countSaved: async () => saved(calls),
    pausesMs: { first: pauseMs, most: pauseMs },
  }).catch(({ kind, message }: Fault) => ({ kind, message }));
  return { result, calls, told, knew };
}

const full = 'no room is left: ENOSPC: write';

it('does the work again when there is room, and tells once what was full', async () => {
  expect(await attempt(3)).toEqual({
    ...{ result: 'done', calls: 4, told: [full] },
    knew: [undefined, full, full, full],
  });
  // What it tried whether there is room with is gone.
  expect(await readdir(path)).toEqual([]);
});

it('gives up after sixty-five tries without anything saved', async () => {
  const { result, calls } = await attempt(1000);
  expect(result).toEqual({ kind: 'disk-full', message: full });
  expect(calls).toBe(66);
});

it('waits once for what waited already', async () => {
  let calls = 0;
  const failing = async () => {
    calls += 1;
    throw Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' });
  };
  const { signal } = new AbortController();
  const options = { path, signal, onFull: () => {}, pausesMs: { first: 1, most: 1 } };
  const nested = withRoom(() => withRoom(failing, options), options);
  await expect(nested).rejects.toMatchObject({ kind: 'disk-full' });
  expect(calls).toBe(66);
});

it('counts anew with everything that is saved', async () => {
  expect(await attempt(200, { saved: (calls) => Math.floor(calls / 60) })).toMatchObject({
    result: 'done',
    calls: 201,
  });
});

it('stops waiting when the run is asked to stop', async () => {
  const signal = AbortSignal.timeout(50);
  expect(await attempt(1, { signal, pauseMs: 3_600_000 })).toMatchObject({
    result: { kind: 'cancelled', message: expect.stringContaining(full) },
    calls: 1,
  });
});

it('leaves every other failure as it is', async () => {
  const failing = async () => {
    throw new TypeError('a bug');
  };
  const options = { path, onFull: () => {}, signal: new AbortController().signal };
  await expect(withRoom(failing, options)).rejects.toThrow(TypeError);
});
