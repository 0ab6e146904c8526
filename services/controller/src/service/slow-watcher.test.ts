import { Fault } from '@holdfast/fault';
import {
  ControllerServiceDefinition,
  type ControllerServiceImplementation,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient, defineService, startServer } from '@holdfast/service-kit';
import { afterEach, expect, it } from 'vitest';
import { createStreamPlaces } from './stream-places.js';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A step of so many tasks that it is about 100 kB. */
const tasks = Array.from({ length: 4096 }, () => ({ task: 'a', constraintEstimate: 1, weight: 1 }));

/** A watcher of events without an end, over a socket. */
async function watch() {
  let nowMs = 0;
  const places = createStreamPlaces(() => nowMs);
  let taken = 0;
  async function* count(after: bigint) {
    for (let sequence = after + 1n; ; sequence += 1n) {
      taken += 1;
      yield WatchRunResponse.fromPartial({
        event: { $case: 'stepApplied', value: { step: Number(sequence), tasks } },
        sequence,
      });
    }
  }
  const unused = () => {
    throw new Fault('internal', 'not used');
  };
  const methods = Object.keys(ControllerServiceDefinition.methods);
  const service = {
    ...Object.fromEntries(methods.map((name) => [name, unused])),
    async *watchRun({ afterSequence }: { afterSequence: bigint }) {
      yield* places.pace(count(afterSequence));
    },
  } as unknown as ControllerServiceImplementation;
  const server = await startServer({
    services: [defineService(ControllerServiceDefinition, service)],
  });
  const { client, close } = createRemoteClient(ControllerServiceDefinition, {
    address: server.address,
  });
  closers.push(close, () => server.close(0));
  /** Takes every other place, a minute later, and one more; then one leaves. */
  async function crowd(): Promise<void> {
    nowMs += 61_000;
    const others = Array.from({ length: 256 }, () => places.pace(count(0n)));
    for (const events of others) await events.next();
    await others[0]!.return(undefined);
  }
  return { client, taken: () => taken, crowd };
}

it('a watcher that takes nothing holds a few events, and is told to come back where another needs its place', async () => {
  const { client, taken, crowd } = await watch();
  const events = client.watchRun({ runId: 'r' })[Symbol.asyncIterator]();
  const first = await events.next();
  // Until no more are taken for it.
  let before = -1;
  while (before !== taken()) {
    before = taken();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // What gRPC has on its way, both sides of the socket: here about 100 kB each.
  expect(before).toBeLessThan(100);
  await crowd();
  before = taken();
  let last: bigint = first.value.sequence;
  const reading = async () => {
    for (;;) last = (await events.next()).value.sequence;
  };
  await expect(reading()).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('another needed its place'),
  });
  expect(taken()).toBeLessThanOrEqual(before + 1);
  const again = client.watchRun({ runId: 'r', afterSequence: last })[Symbol.asyncIterator]();
  expect((await again.next()).value.sequence).toBe(last + 1n);
  await again.return?.();
});
