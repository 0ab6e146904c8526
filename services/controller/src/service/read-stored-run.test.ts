import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Outcome, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, leaseRun } from '@holdfast/run-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelIdle } from './cancel-idle.js';
import { readStoredRun } from './read-stored-run.js';

const at = '2026-01-02T03:04:05.678Z';
const seconds = BigInt(Date.parse(at)) / 1000n;
const opened = {
  event: 'data.read',
  dataSha256: '0'.repeat(64),
  imageChunk: 1,
  textChunk: 1,
  badImages: 0,
};
const times = { seconds: 1, imageWaitSeconds: 0, measuringSeconds: 0, activations: '' };
const trained = { event: 'training.completed', step: 9, ...times };
const started = { event: 'run.started', at, softwareVersion: 'test', environment: {} };

describe('a run that no process works on', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'holdfast-stored-'));
    const plan = { model: 'm', data: {}, target: { class: 'a' }, training: { steps: 9 } };
    const labels = { team: 'signs' };
    const origin = { runId: 'r', planName: 'plan.yaml', basePath: '/', createdAt: at, labels };
    await writeFile(join(path, 'plan.yaml'), JSON.stringify(plan));
    await writeFile(join(path, 'origin.json'), JSON.stringify(origin));
    await mkdir(join(path, 'checkpoints/step-0000004'), { recursive: true });
  });
  afterEach(() => rm(path, { recursive: true }));

  /** @param entries of the journal, after that of the start */
  async function read(...entries: object[]) {
    const lines = [started, ...entries].map((entry) => `${JSON.stringify(entry)}\n`);
    await writeFile(join(path, 'journal.jsonl'), lines.join(''));
    return readStoredRun(path);
  }

  it('has its times, labels and the steps of its newest checkpoint', async () => {
    expect(await read()).toMatchObject({
      runId: 'r',
      runUri: pathToFileURL(path).href,
      labels: { team: 'signs' },
      createTime: { seconds, nanos: 678e6 },
      startTime: { seconds, nanos: 678e6 },
      progress: { step: 4, totalSteps: 9 },
    });
  });

  it('has the steps that its data gave it last', async () => {
    const plan = { model: 'm', data: {}, target: { class: 'a' }, training: { steps: 'auto' } };
    await writeFile(join(path, 'plan.yaml'), JSON.stringify(plan));
    const resolve = (value: number) => ({
      event: 'plan.resolved',
      resolutions: [{ field: 'training.steps', value, because: 'of its data' }],
    });
    expect((await read(resolve(20), started, resolve(30))).progress?.totalSteps).toBe(30);
  });

  it('was interrupted where its process said nothing before it ended', async () => {
    expect(await read()).toMatchObject({
      state: RunState.RUN_STATE_INTERRUPTED,
      failure: undefined,
      endTime: undefined,
      reason: expect.stringContaining('resume'),
    });
    await rm(join(path, 'journal.jsonl'));
    expect((await readStoredRun(path)).state).toBe(RunState.RUN_STATE_INTERRUPTED);
  });

  it.each([
    [[], RunState.RUN_STATE_PREPARING],
    [[opened], RunState.RUN_STATE_TRAINING],
    [[opened, trained], RunState.RUN_STATE_GATING],
    [[opened, trained, opened], RunState.RUN_STATE_TRAINING],
  ])('is under way where a living process has its lock: %j', async (entries, expected) => {
    const lease = await leaseRun(describeRunFolder(path));
    expect((await read(...entries)).state).toBe(expected);
    await lease.release();
    expect((await read(...entries)).state).toBe(RunState.RUN_STATE_INTERRUPTED);
  });

  it('was interrupted where it was killed after it had been resumed', async () => {
    const stopped = { event: 'run.stopped', at, state: 'failed', kind: 'internal', message: 'x' };
    expect((await read(stopped, started)).state).toBe(RunState.RUN_STATE_INTERRUPTED);
  });

  it.each([
    ['cancelled', RunState.RUN_STATE_CANCELLED],
    ['interrupted', RunState.RUN_STATE_INTERRUPTED],
    // As an earlier version wrote it.
    [undefined, RunState.RUN_STATE_INTERRUPTED],
  ] as const)('was stopped: %s', async (state, expected) => {
    const message = 'stopped after 4 of 9 steps';
    const run = await read({ event: 'run.stopped', at, message, state, kind: 'cancelled' });
    expect(run).toMatchObject({ state: expected, reason: message, failure: undefined });
    expect(run.endTime).toEqual({ seconds, nanos: 678e6 });
  });

  it('failed, with code, message and the details of a failed call', async () => {
    const violations = [{ field: 'target.class', description: 'has no image' }];
    const stop = { state: 'failed', kind: 'precondition', message: 'the disk is full', violations };
    const { state, failure } = await read({ event: 'run.stopped', at, ...stop });
    expect(state).toBe(RunState.RUN_STATE_FAILED);
    expect(failure).toMatchObject({ code: 9, message: 'the disk is full' });
    expect(failure!.details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
    ]);
  });

  it('has its outcome where a verdict stands, and is to be resumed or cancelled where none does', async () => {
    const completed = { event: 'run.completed', at, outcome: 'REGRESSED' };
    const entry = { ...completed, candidateSha256: 'a'.repeat(64) };
    expect(await read(entry)).toMatchObject({
      state: RunState.RUN_STATE_INTERRUPTED,
      reason: expect.stringContaining('its verdict is gone'),
    });
    await cancelIdle(describeRunFolder(path));
    expect((await readStoredRun(path)).state).toBe(RunState.RUN_STATE_CANCELLED);
    const verdict = {
      schema: 'holdfast.verdict/1',
      outcome: 'REGRESSED',
      reason: 'It fell.',
      candidate: { sha256: 'a'.repeat(64), version: 'v', step: 1, average: false, alpha: 1 },
      devSafetyAccuracy: -1,
      target: [],
      protected: [],
    };
    await writeFile(join(path, 'verdict.json'), JSON.stringify(verdict));
    expect(await read(entry)).toMatchObject({
      state: RunState.RUN_STATE_COMPLETED,
      outcome: Outcome.OUTCOME_REGRESSED,
      reason: 'It fell.',
      endTime: { seconds },
    });
    await expect(cancelIdle(describeRunFolder(path))).rejects.toMatchObject({ kind: 'aborted' });
  });

  it.each([{ event: 'unheard of' }, { event: 'run.stopped' }, { event: 'run.resumed', step: -1 }])(
    'is refused where its journal holds %j',
    async (entry) => {
      await expect(read(entry)).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('entry 2'),
      });
    },
  );
});
