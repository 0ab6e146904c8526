import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { publishRun } from './publish-run.js';
import type { RunListener } from './run-listener.js';
import { createRecordListener } from './test-support/record-listener.js';
import { beginRun, endRun, note, writeSteps } from './test-support/write-run.js';

const folders: string[] = [];
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true });
});

async function begin() {
  const folder = await beginRun();
  folders.push(folder.path);
  return folder;
}

const quick = { follow: true, pollMs: 10 };

describe('publishRun', () => {
  it('tells of a finished run from its folder alone, with times between its beginning and its end', async () => {
    const folder = await begin();
    await writeSteps(folder, 4);
    await endRun(folder);
    const listener = createRecordListener();
    expect(await publishRun(folder.path, listener)).toBe(true);
    expect(listener.told.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    // Four minutes, a step a minute.
    expect(listener.told.map(({ at }) => new Date(at).toISOString().slice(14, 19))).toEqual([
      '05:05',
      '06:05',
      '07:05',
      '08:05',
    ]);
    expect(listener.ends[0]).toMatchObject({ state: 'completed' });
    expect(listener.ends[0]?.verdict?.verdict.outcome).toBe('RETAINED');
    expect(listener.facts?.parameters.get('training.learningRate')).toBe('0.0003');
    // The run began before this number was `auto`.
    const field = 'constraints.constraintMovingAverage';
    expect(listener.facts?.parameters.get(field)).toBe('0.8');
    expect(listener.facts?.parameters.get('target.class')).toBe('stop');
    expect(listener.facts?.tasks).toEqual(['no passing', 'no_passing']);
  });

  it('says what there is of a run that goes on, and the rest later', async () => {
    const folder = await begin();
    await writeSteps(folder, 2, '{"step":2,"obj');
    const listener = createRecordListener();
    expect(await publishRun(folder.path, listener)).toBe(false);
    expect(listener.told).toHaveLength(2);
    await writeSteps(folder, 4);
    await endRun(folder);
    await publishRun(folder.path, listener);
    expect(listener.told.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  });

  it('follows a run, through failures of the listener and a resume that takes steps again', async () => {
    const folder = await begin();
    const listener = createRecordListener();
    listener.failures = 2;
    const onFailure = vi.fn();
    const published = publishRun(folder.path, listener, { ...quick, onFailure });
    await writeSteps(folder, 3);
    await vi.waitUntil(() => listener.told.length === 3, { timeout: 20_000 });
    await note(
      folder,
      { event: 'run.stopped', message: 'killed', state: 'interrupted' },
      { event: 'run.resumed', step: 1 },
    );
    await writeSteps(folder, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeSteps(folder, 4);
    await endRun(folder, 'REGRESSED');
    expect(await published).toBe(true);
    expect(onFailure).toHaveBeenCalledWith('a test: not now');
    expect(listener.told.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(listener.ends.at(-1)?.verdict?.verdict.outcome).toBe('REGRESSED');
  });

  it('gives up some time after the run has ended', async () => {
    const folder = await begin();
    await writeSteps(folder, 4);
    await endRun(folder);
    const listener = createRecordListener();
    listener.failures = Infinity;
    const published = publishRun(folder.path, listener, { ...quick, endMs: 50 });
    await expect(published).rejects.toThrow('not now');
    listener.failures = 0;
    await publishRun(folder.path, listener);
    expect(listener.told).toHaveLength(4);
  });

  it('does not say what a plan leaves open until it is known, for its data may change before', async () => {
    const folder = await begin();
    const [started, read, resolved] = (await readFile(folder.journal, 'utf8')).trim().split('\n');
    const again = resolved!.replace('0.0003', '0.0005');
    const readRate = async (...lines: (string | undefined)[]) => {
      await writeFile(folder.journal, lines.map((line) => `${line}\n`).join(''));
      const listener = createRecordListener();
      await publishRun(folder.path, listener);
      expect(listener.facts?.parameters.get('target.class')).toBe('stop');
      return listener.facts?.parameters.get('training.learningRate');
    };
    expect(await readRate(started)).toBeUndefined();
    expect(await readRate(started, resolved)).toBeUndefined();
    expect(await readRate(started, resolved, started, again, read)).toBe('0.0005');
  });

  it('gives up some time after it has seen the end, also where each try takes long', async () => {
    const folder = await begin();
    await writeSteps(folder, 4);
    await endRun(folder);
    let tries = 0;
    const listener: RunListener = {
      ...createRecordListener(),
      async steps() {
        tries += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
        throw new Error('no answer');
      },
    };
    await expect(publishRun(folder.path, listener, { ...quick, endMs: 100 })).rejects.toThrow();
    expect(tries).toBe(1);
  });

  it('tells how a run failed, without a verdict', async () => {
    const folder = await begin();
    await writeFile(folder.metrics, '');
    await note(folder, { event: 'run.stopped', message: 'no space', state: 'failed' });
    const listener = createRecordListener();
    await publishRun(folder.path, listener, quick);
    expect(listener.ends).toEqual([{ state: 'failed', at: undefined }]);
  });
});
