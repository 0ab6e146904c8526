import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  ControllerServiceDefinition,
  type ControllerServiceImplementation,
  Outcome,
  Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { followRun } from './follow-run.js';

const record = {
  task: 'stop',
  examples: 100,
  groups: 100,
  referenceAccuracy: 0.9,
  candidateAccuracy: 0.91,
  accuracyChange: 0.01,
  negativeFlips: 1,
  positiveFlips: 2,
  lowerBound: -0.02,
  upperBound: 0.04,
  lossChange: -0.1,
  method: 'tango',
};

const verdict = {
  schema: 'holdfast.verdict/1',
  outcome: 'RETAINED',
  reason: 'Nothing protected regressed.',
  candidate: { sha256: 'a'.repeat(64), version: 'v', step: 1, average: false, alpha: 1 },
  devSafetyAccuracy: 0.01,
  target: [{ ...record, task: 'foggy', accuracyChange: 0.3 }],
  protected: [
    {
      ...record,
      verdict: 'RETAINED',
      tolerance: 0.05,
      reason: 'fine',
      moreNeeded: 0,
      pValue: 0,
      holmPValue: 0,
      simultaneousBounds: [-0.02, 0.04],
      confidence: [],
    },
  ],
};

describe('followRun', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-follow-'));
    await mkdir(join(folder, 'runs/a'), { recursive: true });
    await writeFile(join(folder, 'runs/a/origin.json'), '{}');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A controller whose run ends as told, after a cancel if it is to wait for one. */
  function createController(end: Partial<Run>, waitsForCancel = false) {
    let cancel = () => {};
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    const calls: string[] = [];
    const unused = () => Promise.reject(new Error('not used'));
    const implementation: ControllerServiceImplementation = {
      submitRun: unused,
      resumeRun: unused,
      getRun: unused,
      listRuns: unused,
      listSteps: unused,
      getVerdict: async () => ({ verdictJson: JSON.stringify(verdict) }),
      async listArtifacts() {
        const names = await readdir(join(folder, 'runs/a'));
        return { artifacts: names.map((path) => ({ path })) };
      },
      async *getReport() {},
      async *getArtifact() {},
      async *watchRun() {
        yield { event: { $case: 'noted', value: { message: 'hello' } } };
        calls.push('watching');
        if (waitsForCancel) await cancelled;
        const run = Run.fromPartial({
          runId: 'r',
          runUri: pathToFileURL(join(folder, 'runs/a')).href,
          ...end,
        });
        yield { event: { $case: 'ended', value: { run } } };
      },
      async cancelRun() {
        calls.push('cancelled');
        cancel();
        return {};
      },
    };
    const client = createInProcessClient(ControllerServiceDefinition, implementation);
    return { client, calls };
  }

  async function follow(end: Partial<Run>, json = false) {
    const terminal = createFakeTerminal({ cwd: folder });
    const code = await followRun(createController(end).client, { runId: 'r', json }, terminal);
    return { code, ...terminal.written };
  }

  it('ends with the verdict table, where the report is, and 0 for a release', async () => {
    const completed = { state: RunState.RUN_STATE_COMPLETED, outcome: Outcome.OUTCOME_RETAINED };
    const { code, output, progress } = await follow(completed);
    expect(code).toBe(0);
    expect(progress).toBe('note: hello\n');
    expect(output).toContain('RELEASED\nNothing protected regressed.\n');
    expect(output).toMatch(/foggy \(target\) +100 +90.0 % +91.0 % +\+30.0 +-2.0 to \+4.0 +1 +2/);
    expect(output).toMatch(/stop .* 5.0 % +RETAINED/);
    expect(output).toContain('runs/a/report.html');
    expect(output).toContain('runs/a/candidate');
  });

  it.each([
    Outcome.OUTCOME_REGRESSED,
    Outcome.OUTCOME_UNDECIDED,
    Outcome.OUTCOME_NO_FEASIBLE_CANDIDATE,
  ])('ends with 2 for outcome %i, which is no release', async (outcome) => {
    const { code } = await follow({ state: RunState.RUN_STATE_COMPLETED, outcome });
    expect(code).toBe(2);
  });

  it('prints the verdict itself as JSON', async () => {
    const completed = { state: RunState.RUN_STATE_COMPLETED, outcome: Outcome.OUTCOME_RETAINED };
    expect(JSON.parse((await follow(completed, true)).output)).toEqual(verdict);
  });

  it('fails with what the run says, and how to go on where something was saved', async () => {
    const failure = { code: 13, message: 'the disk is full', details: [] };
    const failed = { state: RunState.RUN_STATE_FAILED, failure };
    await expect(follow(failed)).rejects.toThrow(
      'the disk is full\nWhat was saved stays in runs/a. Once the cause is mended, go on with: holdfast resume runs/a',
    );
    await rm(join(folder, 'runs/a/origin.json'));
    await expect(follow(failed)).rejects.toThrow(/^the disk is full$/);
  });

  it('asks the run to stop on the first interrupt, and says how to go on', async () => {
    const terminal = createFakeTerminal({ cwd: folder });
    const progress = { step: 7, totalSteps: 100, work: undefined };
    const cancelled = { state: RunState.RUN_STATE_CANCELLED, progress };
    const { client, calls } = createController(cancelled, true);
    const followed = followRun(client, { runId: 'r', json: false }, terminal);
    await expect.poll(() => calls).toContain('watching');
    terminal.interrupt();
    expect(await followed).toBe(130);
    expect(calls).toEqual(['watching', 'cancelled']);
    expect(terminal.exits).toEqual([]);
    expect(terminal.written.progress).toContain(
      'Stopped after step 7 of 100. Go on with: holdfast resume runs/a\n',
    );
  });

  it('leaves the run of another process alone on an interrupt, and says how to come back', async () => {
    const terminal = createFakeTerminal({ cwd: folder });
    const { client, calls } = createController({}, true);
    const remote = { option: ' --controller host:1' };
    const followed = followRun(client, { runId: 'r', json: false, remote }, terminal);
    await expect.poll(() => calls).toContain('watching');
    terminal.interrupt();
    expect(await followed).toBe(130);
    expect(calls).toEqual(['watching']);
    expect(terminal.written.progress).toContain(
      'The run goes on. Watch it again with: holdfast watch r --controller host:1\n',
    );
  });

  it('ends the process on the second interrupt', async () => {
    const terminal = createFakeTerminal({ cwd: folder });
    const cancelled = { state: RunState.RUN_STATE_CANCELLED };
    const { client, calls } = createController(cancelled, true);
    const followed = followRun(client, { runId: 'r', json: false }, terminal);
    await expect.poll(() => calls).toContain('watching');
    terminal.interrupt();
    terminal.interrupt();
    expect(terminal.exits).toEqual([130]);
    await followed;
  });
});
