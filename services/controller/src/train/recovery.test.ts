import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, listEntries, readRunJournal } from '@holdfast/run-store';
import { describe, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

const gone = () => new Fault('unavailable', 'the service is gone', { retryAfterMs: 1 });

/** Fails once, at a step: before the call does anything, or when it is done and its answer is lost. */
function failOnce<Request extends { step?: number }, Options, Response>(
  call: (request: Request, options?: Options) => Promise<Response>,
  { step, isDone }: { readonly step: number; readonly isDone: boolean },
): (request: Request, options?: Options) => Promise<Response> {
  let hasFailed = false;
  return async (request, options) => {
    const fails = request.step === step && !hasFailed;
    hasFailed ||= fails;
    if (fails && !isDone) throw gone();
    const response = await call(request, options);
    if (fails) throw gone();
    return response;
  };
}

/** Services that fail once in every step of a small run, each in a way of its own. */
function disturb({ encoder, optimizer, constraint }: ServiceClients): Partial<ServiceClients> {
  let forgets = true;
  const backpropagate = failOnce(encoder.backpropagate, { step: 3, isDone: true });
  return {
    encoder: {
      ...encoder,
      encode: failOnce(encoder.encode, { step: 1, isDone: true }),
      async backpropagate(request, options) {
        const { step, runId, parameters } = request;
        if (forgets && step === 2) {
          forgets = false;
          // It keeps one batch: another one takes its place.
          const texts = { texts: ['another'], heads: [-1] };
          const other = { runId: runId!, step: 99, parameters: parameters!, texts, retain: true };
          await encoder.encode(other);
        }
        return backpropagate(request, options);
      },
    },
    constraint: {
      ...constraint,
      estimate: failOnce(constraint.estimate, { step: 4, isDone: false }),
    },
    optimizer: {
      ...optimizer,
      estimateObjective: failOnce(optimizer.estimateObjective, { step: 0, isDone: true }),
      step: failOnce(optimizer.step, { step: 5, isDone: true }),
    },
  };
}

/** Before the nth of these calls the service forgets all of the run, as one that was started again. */
function forgetBefore<Request extends { runId?: string }, Options, Response>(
  call: (request: Request, options?: Options) => Promise<Response>,
  { nth, forget }: { readonly nth: number; readonly forget: (runId: string) => Promise<unknown> },
): (request: Request, options?: Options) => Promise<Response> {
  let calls = 0;
  return async (request, options) => {
    calls += 1;
    if (calls === nth) await forget(request.runId!);
    return call(request, options);
  };
}

/** Services that lose the run: one after the other, in a step, at a measurement, a checkpoint and the end. */
function forget({ encoder, optimizer, constraint }: ServiceClients): Partial<ServiceClients> {
  const inEncoder = { forget: (runId: string) => encoder.unloadModel({ runId }) };
  const inOptimizer = { forget: (runId: string) => optimizer.closeRun({ runId }) };
  const inConstraint = { forget: (runId: string) => constraint.closeRun({ runId }) };
  return {
    encoder: {
      ...encoder,
      backpropagate: forgetBefore(encoder.backpropagate, { nth: 2, ...inEncoder }),
    },
    constraint: {
      ...constraint,
      estimate: forgetBefore(constraint.estimate, { nth: 6, ...inConstraint }),
      exportState: forgetBefore(constraint.exportState, { nth: 2, ...inConstraint }),
    },
    optimizer: {
      ...optimizer,
      step: forgetBefore(optimizer.step, { nth: 9, ...inOptimizer }),
      exportModel: forgetBefore(optimizer.exportModel, { nth: 1, ...inOptimizer }),
    },
  };
}

/** Runs a small plan to its end: its bits, and what it noted of repeated steps. */
async function run(host: TestHost) {
  const { runId, runPath } = await submitPlan(host, await createSmallPlan());
  const repeated: string[] = [];
  const applied: number[] = [];
  const { state, failure } = await waitForEnd(host.controller, runId, (event) => {
    if (event.$case === 'stepApplied') applied.push(event.value.step);
    if (event.$case !== 'noted') return;
    const found = /^step (\d) is repeated/.exec(event.value.message);
    if (found !== null) repeated.push(found[1]!);
  });
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  const read = (path: string) => readFile(join(runPath, path), 'utf8');
  const bits = { verdict: await read('verdict.json'), metrics: await read('metrics.jsonl') };
  const recovered = listEntries(await readRunJournal(describeRunFolder(runPath)), 'run.recovered');
  return { bits, repeated, recovered, applied };
}

describe('a run of which every step fails once', () => {
  it.each([
    ['in one process', hostTest],
    ['over gRPC', hostTestOverGrpc],
  ])('ends with the bits of an undisturbed one, %s', async (_, open) => {
    const [calm, disturbed] = [await open(), await open(disturb)];
    try {
      const { repeated, recovered, bits } = await run(disturbed);
      expect(repeated).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(recovered).toEqual([]);
      expect(await run(calm)).toMatchObject({ bits, repeated: [] });
    } finally {
      await Promise.all([calm.close(), disturbed.close()]);
    }
  });
});

describe('a run that its services forget', () => {
  it.each([
    ['in one process', hostTest],
    ['over gRPC', hostTestOverGrpc],
  ])('goes on from its last checkpoint, with the same bits, %s', async (_, open) => {
    const [calm, disturbed] = [await open(), await open(forget)];
    try {
      const { recovered, bits, applied } = await run(disturbed);
      // In step 1, in step 3, at the checkpoint after 4 steps, in step 4, and when the candidate is written.
      expect(recovered.map(({ step, stepsRepeated }) => [step, stepsRepeated])).toEqual([
        [0, 1],
        [2, 1],
        [2, 2],
        [4, 0],
        [6, 0],
      ]);
      expect(recovered[0]!.reason).toMatch(/the encoder has no open run/);
      const undisturbed = await run(calm);
      expect(undisturbed.bits).toEqual(bits);
      const twice = recovered.reduce((sum, { stepsRepeated }) => sum + stepsRepeated, 0);
      expect(applied).toHaveLength(undisturbed.applied.length + twice);
    } finally {
      await Promise.all([calm.close(), disturbed.close()]);
    }
  });

  it('fails where they forget it again and again, and says who', async () => {
    const host = await hostTest(({ constraint }) => ({
      constraint: {
        ...constraint,
        async estimate(request) {
          await constraint.closeRun({ runId: request.runId! });
          return constraint.estimate(request);
        },
      },
    }));
    try {
      const { runId } = await submitPlan(host, await createSmallPlan());
      const { state, failure } = await waitForEnd(host.controller, runId);
      expect(state).toBe(RunState.RUN_STATE_FAILED);
      expect(failure?.message).toMatch(/^the constraint service has no open run .* 5 times/);
    } finally {
      await host.close();
    }
  });
});
