import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRunFolder } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publishRuns } from './publish-runs.js';
import type { RunFacts } from './run/run-facts.js';
import { createRecordListener, type RecordListener } from './test-support/record-listener.js';
import { beginRun, endRun, note, writeSteps } from './test-support/write-run.js';

describe('publishRuns', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-publish-runs-'));
    await mkdir(join(folder, '.cache'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Publishes until `until` holds of what was told of. */
  async function publishUntil(until: (listeners: RecordListener[]) => boolean) {
    const listeners: RecordListener[] = [];
    const abort = new AbortController();
    const createListeners = () => {
      const listener = createRecordListener();
      listeners.push(listener);
      return [listener];
    };
    const notes: string[] = [];
    const options = { createListeners, signal: abort.signal, pollMs: 20 };
    const published = publishRuns(folder, { ...options, note: (text) => void notes.push(text) });
    await vi.waitUntil(() => until(listeners), { timeout: 30_000 });
    // Long enough for whatever would be told twice.
    await new Promise((resolve) => setTimeout(resolve, 200));
    abort.abort();
    await published;
    return { ended: listeners.filter(({ ends }) => ends.length > 0), notes };
  }

  async function moveIn(name: string) {
    const run = await beginRun();
    await rename(run.path, join(folder, name));
    return describeRunFolder(join(folder, name));
  }

  it('publishes every run once, also those that come, and again what went on', async () => {
    const first = await moveIn('a');
    await writeSteps(first, 4);
    await endRun(first);
    const second = await moveIn('b');
    await writeSteps(second, 2);
    const early = await publishUntil((all) => all.some(({ told }) => told.length === 2));
    expect(early.ended).toHaveLength(1);

    await note(second, { event: 'run.stopped', message: 'killed', state: 'interrupted' });
    const later = await publishUntil((all) => all.some(({ ends }) => ends.length > 0));
    expect(later.ended.map(({ ends }) => ends[0]?.state)).toEqual(['interrupted']);
    expect(later.notes).toEqual([`${second.path}: published to a test`]);

    await note(second, { event: 'run.resumed', step: 2 });
    await writeSteps(second, 4);
    await endRun(second);
    const last = await publishUntil((all) => all.some(({ ends }) => ends.length > 0));
    expect(last.ended.map(({ ends }) => ends[0]?.state)).toEqual(['completed']);
  });

  it('tells of runs that have ended one after the other, whatever becomes of each', async () => {
    for (const name of ['c', 'd', 'e']) await endRun(await moveIn(name));
    let [atOnce, most] = [0, 0];
    const told: string[] = [];
    const abort = new AbortController();
    const createListeners = () => {
      const listener = { ...createRecordListener(), name: 'a slow test' };
      return [
        {
          ...listener,
          async begin(run: RunFacts) {
            atOnce += 1;
            most = Math.max(most, atOnce);
            await new Promise((resolve) => setTimeout(resolve, 50));
            atOnce -= 1;
            if (run.folder.path.endsWith('c') && told.length === 0) throw new Error('not now');
            told.push(run.folder.path.at(-1)!);
            return 0;
          },
        },
      ];
    };
    const options = { createListeners, signal: abort.signal, pollMs: 20, note: () => {} };
    const published = publishRuns(folder, options);
    await vi.waitUntil(() => new Set(told).size === 5, { timeout: 30_000 });
    abort.abort();
    await published;
    expect(most).toBe(1);
    expect(told).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('leaves one that fails alone for longer each time', async () => {
    const abort = new AbortController();
    const rounds: number[] = [];
    let round = 0;
    const createListeners = () => [
      {
        ...createRecordListener(),
        name: 'a failing test',
        async begin(run: RunFacts): Promise<number> {
          if (run.folder.path.endsWith('a')) rounds.push(round);
          throw new Error('no such server');
        },
      },
    ];
    const notes: string[] = [];
    const published = publishRuns(folder, {
      createListeners: () => {
        round += 1 / 5;
        return createListeners();
      },
      signal: abort.signal,
      pollMs: 20,
      note: (text) => void notes.push(text),
    });
    await vi.waitUntil(() => rounds.length === 4, { timeout: 30_000 });
    abort.abort();
    await published;
    const waited = rounds.slice(1).map((at, i) => at - rounds[i]!);
    expect(waited[2]).toBeGreaterThan(3);
    expect(notes[0]).toBe(`${join(folder, 'a')}: a failing test: no such server`);
  });
});
