import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, readRunJournal } from '@holdfast/run-store';
import { parseSafetensors } from '@holdfast/safetensors';
import { toFloat32Array } from '@holdfast/tensor';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Replica } from '../replicas/replica.js';
import type { RunEvent } from '../run/run-feed.js';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { hostReplicas } from '../test-support/host-replicas.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

const hosts: TestHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

/** A few steps, of 28 images in chunks of 4: enough chunks to divide. */
const overrides = {
  training: { steps: 4, targetBatch: 8, examplesPerTask: 4, warmupSteps: 2 },
  selection: { everySteps: 2, alphas: [1] },
  engine: { threads: 1, imageChunk: 4, textChunk: 4, shards: 'equal' },
};

interface Ran {
  readonly steps: readonly { readonly objective: number; readonly gradientNorm: number }[];
  readonly candidate: Buffer;
  readonly journal: Awaited<ReturnType<typeof readRunJournal>>;
}

/** Runs a small plan to its end. */
async function run(
  host: TestHost,
  onEvent: (event: RunEvent) => void = () => {},
  engine = overrides.engine as object,
): Promise<Ran> {
  hosts.push(host);
  const plan = await createSmallPlan({ ...overrides, engine });
  const { runId, runPath } = await submitPlan(host, plan);
  const { state, failure } = await waitForEnd(host.controller, runId, onEvent);
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return {
    steps: lines.map((line) => JSON.parse(line)),
    candidate: await readFile(join(runPath, 'candidate/model.safetensors')),
    journal: await readRunJournal(describeRunFolder(runPath)),
  };
}

/** ||a - b|| / ||b|| of all weights. */
function compareWeights(a: Buffer, b: Buffer): number {
  const [mine, theirs] = [parseSafetensors(a), parseSafetensors(b)];
  let [difference, norm] = [0, 0];
  for (const [name, tensor] of theirs.tensors) {
    const [x, y] = [mine.tensors.get(name)!, tensor].map(({ data }) => toFloat32Array(data));
    for (const [i, value] of y!.entries()) {
      difference += (x![i]! - value) ** 2;
      norm += value ** 2;
    }
  }
  return Math.sqrt(difference / norm);
}

/**
 * Every shard counted once: what one encoder finds, to 1e-6 a step. AdamW makes as much of a small gradient's last bits as of a
 * large one's, so that steps after the first start a little apart.
 */
function expectSame(ran: Ran, alone: Ran): void {
  expect(ran.steps).toHaveLength(alone.steps.length);
  for (const [i, { objective, gradientNorm }] of alone.steps.entries()) {
    const step = ran.steps[i]!;
    const tolerance = 1e-6 * (1 + 3 * i);
    expect(Math.abs(step.objective / objective - 1), `value ${i}`).toBeLessThan(tolerance);
    expect(Math.abs(step.gradientNorm / gradientNorm - 1), `norm ${i}`).toBeLessThan(tolerance);
  }
  const difference = compareWeights(ran.candidate, alone.candidate);
  expect(difference).toBeLessThan(1e-6 * alone.steps.length);
}

const listChanges = ({ journal }: Ran) =>
  journal.flatMap((entry) =>
    entry.event === 'replica.joined' || entry.event === 'replica.left'
      ? [`${entry.address.split(':')[0]} ${entry.event.slice(8)}`]
      : [],
  );
const worked = ({ journal }: Ran) =>
  journal.flatMap((entry) => (entry.event === 'replicas.worked' ? entry.replicas : []));

let alone: Ran;
beforeAll(async () => {
  alone = await run(await hostTest());
});

describe('several encoders', () => {
  it('equal one, and with equal shards repeat to the bit', async () => {
    const three = () => hostReplicas({ count: 2, trainer: true });
    const first = await run(await three());
    expectSame(first, alone);
    expect(worked(first).map(({ steps }) => steps)).toEqual([4, 4, 4]);
    const again = await run(await three());
    expect(again.candidate.equals(first.candidate)).toBe(true);
    expect(again.steps).toEqual(first.steps);
  });

  it('send gradients as bfloat16 where the plan says so: the first loss is the same, the norm nearly', async () => {
    const engine = { ...overrides.engine, gradients: 'bfloat16' };
    const short = () => hostReplicas({ count: 2 });
    const first = await run(await short(), undefined, engine);
    expect(first.steps[0]!.objective).toBe((await run(await short())).steps[0]!.objective);
    const ratio = first.steps[0]!.gradientNorm / alone.steps[0]!.gradientNorm;
    expect(Math.abs(ratio - 1)).toBeLessThan(2 ** -9);
    expect(ratio).not.toBe(1);
    expect(compareWeights(first.candidate, alone.candidate)).toBeGreaterThan(1e-7);
    const again = await run(await short(), undefined, engine);
    expect(again.candidate.equals(first.candidate)).toBe(true);
  });

  it('predict what one does, to the bit', async () => {
    const encoded = new Map<string, number>();
    const texts: number[] = [];
    const host = await hostReplicas({
      count: 3,
      watch: ({ encoder, address }) => ({
        encoder: {
          ...encoder,
          async encode(request, options) {
            if (!request.retain && request.images?.samples?.length) {
              encoded.set(address, (encoded.get(address) ?? 0) + 1);
            }
            if (!request.retain && request.texts?.texts?.length) {
              texts.push(request.texts.texts.length);
            }
            return encoder.encode(request, options);
          },
        },
      }),
    });
    const { steps } = await run(host);
    // Of the same weights: what constraints found of the reference, and the objective.
    expect({ ...steps[0], gradientNorm: 0 }).toEqual({ ...alone.steps[0], gradientNorm: 0 });
    expect([...encoded.keys()].toSorted()).toEqual(['encoder-0:1', 'encoder-1:1', 'encoder-2:1']);
    // Eight prompts, in pieces of a chunk each.
    expect([...new Set(texts)]).toEqual([4]);
  });

  it('go on without one that is gone, at any moment of a step, and take it in again', async () => {
    const again = createGate(5);
    const host = await hostReplicas({
      count: 4,
      watch: (replica, i) => (i === 0 ? waitAt(3, again, replica) : failOnce(replica, i)),
    });
    const ran = await run(host, again.see);
    expectSame(ran, alone);
    const left = listChanges(ran).filter((change) => change.includes('left'));
    expect(left).toEqual(['encoder-1 left', 'encoder-2 left', 'encoder-3 left']);
  });

  it('take in one that comes during a run', async () => {
    const joined = createGate(2);
    const host = await hostReplicas({
      count: 2,
      watch: (replica, i) => (i === 0 ? waitAt(2, joined, replica) : {}),
    });
    const late = host.listed.pop()!;
    const ran = await run(host, (event) => {
      joined.see(event);
      if (event.$case === 'stepApplied' && event.value.step === 0) host.listed.push(late);
    });
    expectSame(ran, alone);
    expect(listChanges(ran)).toEqual(['encoder-0 joined', 'encoder-1 joined']);
    expect(worked(ran).map(({ steps }) => steps)).toEqual([4, 1]);
  });

  it('count one of two addresses once', async () => {
    const host = await hostReplicas({ count: 2 });
    const [{ encoder, tensors }] = host.all as [Replica];
    host.listed.push({ address: 'encoder-0-again:1', encoder, tensors });
    const ran = await run(host);
    expectSame(ran, alone);
    expect(listChanges(ran).toSorted()).toEqual([
      'encoder-0 joined',
      'encoder-0-again left',
      'encoder-1 joined',
    ]);
    expect(ran.journal).toContainEqual(
      expect.objectContaining({
        event: 'replica.left',
        reason: expect.stringContaining('another address'),
      }),
    );
  });

  it('go on without one that hangs', async () => {
    const host = await hostReplicas({
      count: 2,
      watch: (replica, i) => (i === 1 ? hangFrom(2, replica) : {}),
    });
    const ran = await run(host);
    expectSame(ran, alone);
    expect(listChanges(ran).slice(2)).toEqual(['encoder-1 left']);
    expect(worked(ran).map(({ steps }) => steps)).toEqual([4, 2]);
  });

  it('go on from the last checkpoint where all are gone for a moment', async () => {
    let forgets = true;
    const host = await hostReplicas({
      count: 2,
      watch: ({ encoder }) => ({
        encoder: {
          ...encoder,
          async encode(request, options) {
            if (forgets && request.retain && request.step === 3) {
              forgets = false;
              await Promise.all(
                host.all.map((replica) => replica.encoder.unloadModel({ runId: request.runId! })),
              );
            }
            return encoder.encode(request, options);
          },
        },
      }),
    });
    const ran = await run(host);
    expectSame(ran, alone);
    const recovered = ran.journal.filter(({ event }) => event === 'run.recovered');
    expect(recovered).toMatchObject([{ step: 2 }]);
  });
});

/** Opens when so many encoders have joined, one that joins twice counted twice. */
function createGate(count: number) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let joined = 0;
  const see = (event: RunEvent) => {
    if (event.$case !== 'noted' || !/^The encoder at \S+ joined/.test(event.value.message)) return;
    joined += 1;
    if (joined === count) open();
  };
  return { opened, see };
}

/** An encoder that holds a step back until a gate opens. */
function waitAt(
  step: number,
  { opened }: ReturnType<typeof createGate>,
  { encoder }: Replica,
): Partial<Replica> {
  return {
    encoder: {
      ...encoder,
      async encode(request, options) {
        if (request.retain && request.step === step) await opened;
        return encoder.encode(request, options);
      },
    },
  };
}

/** An encoder that answers nothing from the Encode of a step on; its callers give up. */
function hangFrom(step: number, { encoder, tensors }: Replica): Partial<Replica> {
  let hangs = false;
  const hang = (signal: AbortSignal | undefined) =>
    new Promise<void>((_, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  const before = <Request, Options extends { signal?: AbortSignal }, Response>(
    call: (request: Request, options?: Options) => Promise<Response>,
  ) => {
    return async (request: Request, options?: Options): Promise<Response> => {
      if (hangs) await hang(options?.signal);
      return call(request, options);
    };
  };
  const encode: typeof encoder.encode = async (request, options) => {
    hangs ||= request.retain === true && request.step === step;
    return before(encoder.encode)(request, options);
  };
  const { prefetch, backpropagate, unloadModel } = encoder;
  return {
    encoder: {
      ...encoder,
      encode,
      prefetch: before(prefetch),
      backpropagate: before(backpropagate),
      unloadModel: before(unloadModel),
    },
    tensors: { ...tensors, fetch: before(tensors.fetch), describe: before(tensors.describe) },
  };
}

const gone = () => new Fault('unavailable', 'it is gone', { retryAfterMs: 1 });

/** Encoder 1 fails in Encode of step 0, encoder 2 in Backpropagate of step 1, encoder 3 while its gradient is read in step 2. */
function failOnce({ encoder, tensors }: Replica, index: number): Partial<Replica> {
  let [fails, isGone] = [true, false];
  const failAt = (now: boolean) => {
    if (!(fails && now)) return;
    fails = false;
    isGone = true;
    throw gone();
  };
  return {
    encoder: {
      ...encoder,
      async encode(request, options) {
        failAt(index === 1 && request.retain === true && request.step === 0);
        return encoder.encode(request, options);
      },
      async backpropagate(request, options) {
        failAt(index === 2 && request.step === 1);
        return encoder.backpropagate(request, options);
      },
    },
    tensors: {
      ...tensors,
      async *read(request, options) {
        let pieces = 0;
        for await (const piece of tensors.read(request, options)) {
          pieces += 1;
          yield piece;
          failAt(index === 3 && request.reference?.version === 2 && pieces === 1);
        }
      },
      async describe(request, options) {
        // As one that is gone: until it is opened again.
        if (isGone) {
          isGone = false;
          throw gone();
        }
        return tensors.describe(request, options);
      },
    },
  };
}
