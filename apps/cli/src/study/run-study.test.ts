import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromUri } from '@holdfast/artifacts';
import {
  type ControllerServiceClient,
  Run,
  type SubmitRunRequest,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { type Cell, type CellRecord, readCell, studyRecordSchema } from '@holdfast/study';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { createNotesView } from './notes-view.js';
import { openStudy } from './open-study.js';
import { runCell } from './run-cell.js';
import { runCells } from './run-study.js';

const study = `plan: plan.yaml
methods: { a: {}, b: { method: flyp } }
seeds: [0, 1, 2]
conclude: { measure: targetGain, margin: 0.02 }
`;
const plan = 'model: model\ndata: { root: images }\ntarget: { class: stop }\n';

/** A controller whose runs end, as failed after some steps, when the test says so. */
function createController() {
  const ends = new Map<string, (step: number) => void>();
  const names = new Map<string, string>();
  let most = 0;
  const controller: Pick<ControllerServiceClient, 'submitRun' | 'getRun' | 'watchRun'> = {
    async submitRun({ runUri, planYaml, labels }: Partial<SubmitRunRequest>) {
      const path = fromUri(runUri!);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'plan.yaml'), planYaml!);
      await writeFile(join(path, 'origin.json'), '{}');
      const name = `${labels!['method']}-${labels!['seed']}`;
      names.set(path, name);
      return { runId: path, runUri: runUri! };
    },
    async getRun({ runId = '' }) {
      return { run: Run.fromPartial({ runId }) };
    },
    async *watchRun({ runId = '' }, { signal } = {}) {
      const name = names.get(runId)!;
      const ended = new Promise<number>((resolve, reject) => {
        ends.set(name, resolve);
        signal?.addEventListener('abort', () => reject(new Error('left')));
      });
      most = Math.max(most, ends.size);
      const note = { $case: 'noted', value: { message: 'look' } } as const;
      yield WatchRunResponse.fromPartial({ event: note, sequence: 1n });
      const step = await ended.finally(() => ends.delete(name));
      const stop = { event: 'run.stopped', message: 'diverged', state: 'failed' };
      await writeFile(join(runId, 'journal.jsonl'), `${JSON.stringify(stop)}\n`);
      const run = Run.fromPartial({ runId, progress: { step }, failure: { message: 'diverged' } });
      yield WatchRunResponse.fromPartial({ event: { $case: 'ended', value: { run } } });
    },
  };
  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo(); tries += 1) {
      if (tries === 5000) throw new Error(`waited in vain; watched: ${[...ends.keys()]}`);
      await sleep(2);
    }
  };
  return {
    controller: controller as ControllerServiceClient,
    most: () => most,
    watched: () => [...ends.keys()].sort(),
    until,
    async end(name: string, step = 5) {
      await until(() => ends.has(name));
      ends.get(name)!(step);
    },
  };
}

describe('runCells with several runs of a controller at a time', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-study-'));
    await writeFile(join(folder, 'plan.yaml'), plan);
    await writeFile(join(folder, 'study.yaml'), study);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function begin() {
    const fake = createController();
    const terminal = createFakeTerminal({ cwd: folder });
    const open = await openStudy('study.yaml', undefined, terminal);
    const records: CellRecord[] = await Promise.all(open.cells.map(readCell));
    const abort = new AbortController();
    const { controller } = fake;
    const createView = ({ name }: Cell) =>
      createNotesView((note) => terminal.progress.write(`${name}: ${note}\n`));
    const running = runCells(
      open,
      records,
      {
        runCell: (cell, signal) =>
          runCell(cell, open, {
            controller,
            isRemote: true,
            signal,
            createView: () => createView(cell),
          }),
        signal: abort.signal,
        concurrency: 2,
      },
      terminal,
    );
    running.catch(() => {});
    return { ...fake, terminal, abort, running, open };
  }

  it('has no more at once, begins them in order, and keeps the order whichever ends first', async () => {
    const { end, until, watched, most, running, terminal, open } = await begin();
    await until(() => watched().length === 2);
    expect(watched()).toEqual(['a-0', 'b-0']);
    await end('b-0');
    await until(() => watched().includes('a-1'));
    // What is known is on disk while others go on.
    const text = await readFile(join(open.folder, 'study.json'), 'utf8');
    const states = studyRecordSchema.parse(JSON.parse(text)).cells.map(({ state }) => state);
    expect(states).toEqual(['waiting', 'failed', 'waiting', 'waiting', 'waiting', 'waiting']);
    for (const name of ['a-1', 'a-0', 'a-2', 'b-1', 'b-2']) await end(name);
    const { cells } = await running;
    expect(cells.map(({ cell }) => cell)).toEqual(open.cells.map(({ name }) => name));
    expect(cells.every(({ state }) => state === 'failed')).toBe(true);
    expect(most()).toBe(2);
    expect(terminal.written.progress).toContain('Run 6 of 6: b-seed-2, about ');
    expect(terminal.written.progress).toContain('b-seed-0: note: look\n');
  });

  it('leaves all runs of the controller at an interrupt, and begins no other', async () => {
    const { until, watched, abort, running, terminal } = await begin();
    await until(() => watched().length === 2);
    abort.abort();
    const { cells } = await running;
    expect(cells.slice(0, 2).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(terminal.written.progress).not.toContain('Run 3 of 6');
  });

  it('ends with a run that fails before its first step, and waits for no other', async () => {
    const { end, until, watched, running, terminal } = await begin();
    await until(() => watched().length === 2);
    await end('a-0', 0);
    await expect(running).rejects.toThrow('a-seed-0 failed before its first step: diverged');
    expect(watched()).toEqual([]);
    expect(terminal.written.progress).not.toContain('Run 3 of 6');
  });
});
