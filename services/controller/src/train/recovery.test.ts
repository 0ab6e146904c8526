import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describe, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';

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

/** Runs a small plan to its end: its bits, and what it noted of repeated steps. */
async function run(host: TestHost) {
  const { folder, yaml } = await createSmallPlan();
  const { runId, runPath } = await host.controller.submitRun({
    requestId: randomUUID(),
    planYaml: yaml,
    planName: 'plan.yaml',
    basePath: folder,
    runPath: join(folder, 'run'),
  });
  const repeated: string[] = [];
  const { state, failure } = await waitForEnd(host.controller, runId, (event) => {
    if (event.$case !== 'noted') return;
    const found = /^step (\d) is repeated/.exec(event.value.message);
    if (found !== null) repeated.push(found[1]!);
  });
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  const read = (path: string) => readFile(join(runPath, path), 'utf8');
  return { verdict: await read('verdict.json'), metrics: await read('metrics.jsonl'), repeated };
}

describe('a run of which every step fails once', () => {
  it.each([
    ['in one process', hostTest],
    ['over gRPC', hostTestOverGrpc],
  ])('ends with the bits of an undisturbed one, %s', async (_, open) => {
    const [calm, disturbed] = [await open(), await open(disturb)];
    try {
      const { repeated, ...bits } = await run(disturbed);
      expect(repeated).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(await run(calm)).toEqual({ ...bits, repeated: [] });
    } finally {
      await Promise.all([calm.close(), disturbed.close()]);
    }
  });
});
