import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderLeaseStore, sha256, sha256File } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { Outcome, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { describeRunFolder, leaseRun, runSchemas, type StepResult } from '@holdfast/run-store';
import { parseSafetensors, toFloat32 } from '@holdfast/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EndedRun,
  hostTest,
  hostTestOverGrpc,
  type TestHost,
  uriOf,
  waitForEnd,
} from '../test-support/host.js';
import { createSmallPlan, type SmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

let host: TestHost;
/** A run that nothing interrupted: what others with the same plan must equal. */
let whole: EndedRun;
beforeAll(async () => {
  host = await hostTest();
  whole = await runToEnd(host, await createSmallPlan());
});
afterAll(() => host.close());

/** For what the first step shows already. */
const oneStep = { training: { steps: 1, warmupSteps: 0 }, selection: { everySteps: 1 } };

async function runToEnd(on: TestHost, plan: SmallPlan): Promise<EndedRun> {
  const { runId } = await submitPlan(on, plan);
  return waitForEnd(on.controller, runId);
}

/** Everything of a finished run that must be the same bits whenever the plan is the same. */
async function readBits(runPath: string) {
  const [verdict, weights, metrics] = await Promise.all([
    readFile(join(runPath, 'verdict.json'), 'utf8'),
    // toEqual walks megabytes element by element, for seconds.
    sha256File(join(runPath, 'candidate/model.safetensors')),
    readFile(join(runPath, 'metrics.jsonl'), 'utf8'),
  ]);
  return { verdict, weights, metrics };
}

async function readSteps(runPath: string): Promise<StepResult[]> {
  const text = await readFile(join(runPath, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StepResult);
}

describe('a run', () => {
  it('ends with a verdict, a candidate that carries it, and a report that names every task', async () => {
    expect(whole.failure).toBeUndefined();
    expect(whole.state).toBe(RunState.RUN_STATE_COMPLETED);
    expect(whole.outcome).not.toBe(Outcome.OUTCOME_UNSPECIFIED);
    const verdict = await readFile(join(whole.runPath, 'verdict.json'), 'utf8');
    expect(await readFile(join(whole.runPath, 'candidate/verdict.json'), 'utf8')).toBe(verdict);
    const report = await readFile(join(whole.runPath, 'report.html'), 'utf8');
    for (const task of ['speed limit 80', 'speed limit 30', 'speed limit 50', 'road work']) {
      expect(report).toContain(task);
    }
  });

  it('writes files in which its schemas know every property', async () => {
    const { runPath } = whole;
    const [checkpoint] = await readdir(join(runPath, 'checkpoints'));
    for (const [file, schema] of Object.entries(runSchemas)) {
      const text = await readFile(join(runPath, file.replace('step-N', checkpoint!)), 'utf8');
      const documents = file.endsWith('.jsonl') ? text.trim().split('\n') : [text];
      expect(documents, file).not.toHaveLength(0);
      for (const document of documents.map((json) => JSON.parse(json))) {
        expect(schema.parse(document), file).toEqual(document);
      }
    }
  });

  it('gives the same bits over gRPC, with encoder and optimizer on engines of their own', async () => {
    const remote = await hostTestOverGrpc();
    try {
      const there = await runToEnd(remote, await createSmallPlan());
      expect(there.failure).toBeUndefined();
      expect(await readBits(there.runPath)).toEqual(await readBits(whole.runPath));
    } finally {
      await remote.close();
    }
  });

  it('gives the same bits where it writes a checkpoint by time after every step', async () => {
    let written = 0;
    const count = ({ optimizer }: TestHost['clients']) => ({
      optimizer: {
        ...optimizer,
        checkpoint: (...call: Parameters<typeof optimizer.checkpoint>) => {
          written += 1;
          return optimizer.checkpoint(...call);
        },
      },
    });
    const timed = await hostTest(count, 1, 1e-6);
    try {
      const there = await runToEnd(timed, await createSmallPlan());
      expect(written).toBe((await readSteps(there.runPath)).length);
      expect(await readBits(there.runPath)).toEqual(await readBits(whole.runPath));
    } finally {
      await timed.close();
    }
  });

  it('fails where the encoder misses new weights, instead of training with old ones', async () => {
    const lost = { reference: undefined };
    const remote = await hostTestOverGrpc(({ encoderTensors: tensors }) => ({
      encoderTensors: {
        ...tensors,
        async fetch(request, options) {
          const { array, version } = request.source ?? {};
          const isLost = array === SharedArray.SHARED_ARRAY_PARAMETERS && version === 2;
          return isLost ? lost : tensors.fetch(request, options);
        },
      },
    }));
    try {
      const { state, failure, runPath } = await runToEnd(remote, await createSmallPlan());
      expect(state).toBe(RunState.RUN_STATE_FAILED);
      expect(failure?.message).toMatch(/^parameters is not at version 2: .* opened again 5 times/);
      expect(await readSteps(runPath)).toHaveLength(2);
    } finally {
      await remote.close();
    }
  });

  it.each([0, 1, 3])(
    'stopped after step %i and resumed ends with the same bits',
    async (stopAfter) => {
      const { runId, runPath } = await submitPlan(host, await createSmallPlan());
      const states: RunState[] = [];
      const stopped = await waitForEnd(host.controller, runId, (event) => {
        if (event.$case === 'stateChanged') states.push(event.value.state);
        if (event.$case === 'stepApplied' && event.value.step === stopAfter) {
          void host.controller.cancelRun({ runId });
        }
      });
      expect(stopped.state).toBe(RunState.RUN_STATE_CANCELLED);
      expect(stopped.failure).toBeUndefined();
      expect(states.at(-1)).toBe(RunState.RUN_STATE_STOPPING);
      const resumed = await host.controller.resumeRun({ runUri: uriOf(runPath) });
      expect(resumed.step).toBeGreaterThan(stopAfter);
      await waitForEnd(host.controller, runId);
      expect(await readBits(runPath)).toEqual(await readBits(whole.runPath));
    },
  );

  it('that was cancelled says so on disk before its services have closed it', async () => {
    let hasSaid = () => {};
    const said = new Promise<void>((resolve) => {
      hasSaid = resolve;
    });
    let isCancelled = false;
    const slow = await hostTest(({ optimizer }) => ({
      optimizer: {
        ...optimizer,
        async closeRun(...call: Parameters<typeof optimizer.closeRun>) {
          if (isCancelled) await said;
          return optimizer.closeRun(...call);
        },
      },
    }));
    try {
      const { runId, runPath } = await submitPlan(slow, await createSmallPlan());
      const ended = waitForEnd(slow.controller, runId, ({ $case }) => {
        if ($case !== 'stepApplied') return;
        isCancelled = true;
        void slow.controller.cancelRun({ runId });
      });
      const { journal } = describeRunFolder(runPath);
      const isSaid = async () => /"run.stopped".*"cancelled"/.test(await readFile(journal, 'utf8'));
      await expect.poll(isSaid, { timeout: 30_000 }).toBe(true);
      const { run } = await slow.controller.getRun({ runId });
      expect(run?.state).toBe(RunState.RUN_STATE_STOPPING);
      hasSaid();
      expect((await ended).state).toBe(RunState.RUN_STATE_CANCELLED);
    } finally {
      hasSaid();
      await slow.close();
    }
  });

  it('measures the reference and the candidate bit-equal at step 0, heads included: every constraint is exactly 0', async () => {
    const heads = { enabled: true, rank: 4 };
    const constraints = { augmentation: 'none' };
    const plan = await createSmallPlan({ ...oneStep, constraints, heads });
    const [first] = await readSteps((await runToEnd(host, plan)).runPath);
    expect(first!.tasks.map((task) => task.batchValue)).toEqual([0, 0, 0]);
  });

  it('sees 0 too where both models see the same augmentation', async () => {
    const augmentation = { crop: { scale: [0.5, 0.9] }, rotationDegrees: 15, flip: true };
    const plan = await createSmallPlan({
      ...oneStep,
      training: { ...oneStep.training, augmentation },
      constraints: { augmentation: 'paired' },
    });
    const [first] = await readSteps((await runToEnd(host, plan)).runPath);
    expect(first!.tasks.map((task) => task.batchValue)).toEqual([0, 0, 0]);
  });

  it('trains heads and writes them with their folded classifier', async () => {
    const plan = await createSmallPlan({ ...oneStep, heads: { enabled: true, rank: 4 } });
    const run = await runToEnd(host, plan);
    expect(run.failure).toBeUndefined();
    const read = async (name: string) =>
      parseSafetensors(await readFile(join(run.runPath, 'candidate', name))).tensors;
    expect((await read('classifier.safetensors')).get('classifier')!.shape).toEqual([4, 64]);
    expect((await read('heads.safetensors')).get('heads.A')!.shape).toEqual([4, 96, 4]);
    expect(await readFile(join(run.runPath, 'report.html'), 'utf8')).toContain('heads.safetensors');
  });

  it('goes on from a candidate with heads, and keeps them', async () => {
    const heads = { enabled: true, rank: 4 };
    const train = (learningRate: number) => ({
      ...oneStep,
      heads,
      training: { ...oneStep.training, learningRate },
    });
    const readHeads = async ({ runPath }: EndedRun) => {
      const path = join(runPath, 'candidate/heads.safetensors');
      const { tensors } = parseSafetensors(await readFile(path));
      return toFloat32(tensors.get('heads.B')!);
    };
    const last = await runToEnd(host, await createSmallPlan(train(0.01)));
    // A step so small that what is new in the next candidate could only be heads that began anew.
    const plan = await createSmallPlan(train(1e-9));
    const model = join(last.runPath, 'candidate');
    const yaml = JSON.stringify({ ...JSON.parse(plan.yaml), model });
    const next = await runToEnd(host, { ...plan, yaml });
    expect(next.failure).toBeUndefined();
    const [before, after] = [await readHeads(last), await readHeads(next)];
    expect(Math.max(...before.map(Math.abs))).toBeGreaterThan(1e-4);
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(1e-7);
  });

  it.each(['calibratedLoss', 'accuracy', 'flips', 'measured'])(
    'runs with the %s drive',
    async (drive) => {
      const training = { steps: 3 };
      const plan = await createSmallPlan({ training, constraints: { drive } });
      const run = await runToEnd(host, plan);
      expect(run.failure).toBeUndefined();
      expect(run.state).toBe(RunState.RUN_STATE_COMPLETED);
    },
  );
});

describe('resuming', () => {
  async function resume(runPath: string) {
    const { runId, step } = await host.controller.resumeRun({ runUri: uriOf(runPath) });
    return { step, run: await waitForEnd(host.controller, runId) };
  }

  /** A run's folder as a process that was killed before the verdict leaves it. */
  async function copyUnfinished(): Promise<string> {
    const runPath = join(await mkdtemp(join(tmpdir(), 'holdfast-killed-')), 'run');
    await cp(whole.runPath, runPath, { recursive: true });
    for (const name of ['candidate', 'verdict.json', 'report.html']) {
      await rm(join(runPath, name), { recursive: true });
    }
    const journal = join(runPath, 'journal.jsonl');
    const lines = (await readFile(journal, 'utf8')).split('\n');
    const end = lines.findIndex((line) => line.includes('"training.completed"'));
    await writeFile(journal, `${lines.slice(0, end + 1).join('\n')}\n`);
    return runPath;
  }

  async function flipByte(path: string): Promise<void> {
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
  }

  const truncateFile = async (path: string) => truncate(path, (await stat(path)).size >> 1);

  it('a run killed after training takes no step again and ends with the same bits', async () => {
    const runPath = await copyUnfinished();
    const { step } = await resume(runPath);
    expect(step).toBe(6);
    expect(await readBits(runPath)).toEqual(await readBits(whole.runPath));
  });

  it('a finished run changes nothing and says again how it ended', async () => {
    const before = await readFile(join(whole.runPath, 'journal.jsonl'), 'utf8');
    expect((await resume(whole.runPath)).run).toEqual(whole);
    expect(await readFile(join(whole.runPath, 'journal.jsonl'), 'utf8')).toBe(before);
  });

  it.each([
    ['optimizer/parameters.safetensors', flipByte],
    ['optimizer/state.json', flipByte],
    ['progress.json', truncateFile],
    ['manifest.json', truncateFile],
    ['manifest.json', rm],
  ] as const)('passes over a checkpoint with a damaged %s', async (name, damage) => {
    const runPath = await copyUnfinished();
    await mkdir(join(runPath, 'checkpoints/.step-0000006.left-behind.tmp'));
    await damage(join(runPath, 'checkpoints/step-0000006', name));
    const { run } = await resume(runPath);
    expect(run.failure).toBeUndefined();
    const journal = await readFile(join(runPath, 'journal.jsonl'), 'utf8');
    expect(journal).toMatch(/"checkpoint.damaged","step":6.*\n.*"run.resumed","step":4/);
    expect(await readFile(join(runPath, 'report.html'), 'utf8')).toContain(
      'The checkpoint after 6 steps was damaged and passed over',
    );
    expect(await readBits(runPath)).toEqual(await readBits(whole.runPath));
    expect(await readdir(join(runPath, 'checkpoints'))).not.toContain(
      '.step-0000006.left-behind.tmp',
    );
  });

  it('goes on from a checkpoint that does not say which ones lead', async () => {
    // A share that lets every checkpoint lead, whoever says so.
    const selection = { measuringShare: 0.9 };
    const straight = await runToEnd(host, await createSmallPlan({ selection }));
    const { runId, runPath } = await submitPlan(host, await createSmallPlan({ selection }));
    await waitForEnd(host.controller, runId, (event) => {
      if (event.$case === 'stepApplied' && event.value.step === 3) {
        void host.controller.cancelRun({ runId });
      }
    });
    const checkpoint = join(runPath, 'checkpoints/step-0000004');
    const read = async (name: string) => JSON.parse(await readFile(join(checkpoint, name), 'utf8'));
    const { leaders, ...progress } = await read('progress.json');
    expect(leaders).toHaveLength(2);
    const text = JSON.stringify(progress);
    await writeFile(join(checkpoint, 'progress.json'), text);
    const manifest = { ...(await read('manifest.json')), progressSha256: sha256(text) };
    await writeFile(join(checkpoint, 'manifest.json'), JSON.stringify(manifest));
    const { run } = await resume(runPath);
    expect(run.failure).toBeUndefined();
    expect(await readBits(runPath)).toEqual(await readBits(straight.runPath));
  });

  it('says so once where every checkpoint is damaged', async () => {
    const runPath = await copyUnfinished();
    const checkpoints = join(runPath, 'checkpoints');
    const names = await readdir(checkpoints);
    for (const name of names) await flipByte(join(checkpoints, name, 'progress.json'));
    const { run } = await resume(runPath);
    expect(run.state).toBe(RunState.RUN_STATE_FAILED);
    expect(run.failure?.message).toMatch(
      /every checkpoint of .* is damaged; put .* start a new run:\n {2}after 6/,
    );
    expect(await readdir(checkpoints)).toEqual(names);
  });

  it('refuses a run that another process works on', async () => {
    const runPath = await copyUnfinished();
    const lease = await leaseRun(describeRunFolder(runPath));
    await expect(resume(runPath)).rejects.toMatchObject({
      kind: 'aborted',
      message: expect.stringMatching(`process ${process.pid} of .* is working on this run`),
    });
    expect(existsSync(join(runPath, 'checkpoints'))).toBe(true);
    await lease.release();
    expect((await resume(runPath)).run.failure).toBeUndefined();
  });

  it('ends where another process took it over, says which, and leaves its folder and services alone', async () => {
    const { runId, runPath } = await submitPlan(host, await createSmallPlan());
    const folder = describeRunFolder(runPath);
    const store = createFolderLeaseStore(folder.lease);
    const owner = { processId: 7, host: 'elsewhere', since: 'noon', lengthMs: 1000 };
    let taking: Promise<boolean> | undefined;
    const ended = await waitForEnd(host.controller, runId, (event) => {
      if (event.$case !== 'stepApplied') return;
      taking ??= store.create(9, JSON.stringify(owner));
    });
    expect(await taking).toBe(true);
    expect(ended.state).toBe(RunState.RUN_STATE_FAILED);
    expect(ended.failure?.message).toContain(
      'taken over by process 7 of host elsewhere (since noon)',
    );
    expect(await readFile(folder.journal, 'utf8')).not.toContain('run.stopped');
    await store.release(9);
    await host.controller.resumeRun({ runUri: uriOf(runPath) });
    expect((await waitForEnd(host.controller, runId)).failure).toBeUndefined();
    expect(await readBits(runPath)).toEqual(await readBits(whole.runPath));
    expect((await store.readNewest())?.term).toBeGreaterThan(9);
  });
});

describe('a run that cannot go on', () => {
  it('stops where training diverges, says which term, and keeps the last good checkpoint', async () => {
    const plan = await createSmallPlan({
      training: {
        steps: 12,
        learningRate: 1e30,
        warmupSteps: 0,
        targetBatch: 8,
        examplesPerTask: 4,
      },
      selection: { everySteps: 1, alphas: [1] },
    });
    const run = await runToEnd(host, plan);
    expect(run.state).toBe(RunState.RUN_STATE_FAILED);
    expect(run.failure?.message).toMatch(/training diverged|not finite/);
    const journal = await readFile(join(run.runPath, 'journal.jsonl'), 'utf8');
    expect(journal).toContain(JSON.stringify(run.failure!.message).slice(1, -1));
    expect(existsSync(join(run.runPath, 'candidate'))).toBe(false);
  });

  it('names every class that the data lacks and leaves nothing behind', async () => {
    const plan = await createSmallPlan({ target: { class: 'speed limit 999' } });
    const run = await runToEnd(host, plan);
    expect(run.state).toBe(RunState.RUN_STATE_FAILED);
    expect(run.failure?.message).toMatch(
      /^plan.yaml: .*\n {2}target.class: line 1: no image has the label "speed limit 999"$/,
    );
    expect(existsSync(run.runPath)).toBe(false);
  });

  it('refuses to resume with other data than it began with', async () => {
    const plan = await createSmallPlan();
    const { runId, runPath } = await submitPlan(host, plan);
    await waitForEnd(host.controller, runId, (event) => {
      if (event.$case === 'stepApplied' && event.value.step === 2)
        void host.controller.cancelRun({ runId });
    });
    const manifest = join(plan.folder, 'manifest.csv');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.split('\n').slice(0, -2).join('\n'));
    await host.controller.resumeRun({ runUri: uriOf(runPath) });
    const resumed = await waitForEnd(host.controller, runId);
    expect(resumed.failure?.message).toContain('the data changed');
    expect(existsSync(join(runPath, 'checkpoints'))).toBe(true);
  });

  it('keeps what a new run has saved where its plan is refused in a later turn', async () => {
    let opened = 0;
    const refusals = [
      new Fault('exhausted', '8 runs are open already', { retryAfterMs: 1 }),
      new Fault('precondition', 'the model changed meanwhile'),
    ];
    const restarted = await hostTest(({ optimizer }) => ({
      optimizer: {
        ...optimizer,
        async openRun(...call: Parameters<typeof optimizer.openRun>) {
          opened += 1;
          if (opened > 1) throw refusals[opened - 2];
          return optimizer.openRun(...call);
        },
        async step(...call: Parameters<typeof optimizer.step>) {
          if (call[0].step === 3) throw new Fault('not-open', 'the optimizer was started again');
          return optimizer.step(...call);
        },
      },
    }));
    try {
      const run = await runToEnd(restarted, await createSmallPlan());
      expect(opened).toBe(3);
      expect(run.failure?.message).toContain('the model changed meanwhile');
      expect(await readdir(join(run.runPath, 'checkpoints'))).toEqual(['step-0000002']);
    } finally {
      await restarted.close();
    }
  });

  it('refuses a folder that holds a run', async () => {
    const plan = await createSmallPlan();
    const { runId } = await submitPlan(host, plan);
    await waitForEnd(host.controller, runId);
    await expect(submitPlan(host, plan)).rejects.toMatchObject({ kind: 'precondition' });
  });
});
