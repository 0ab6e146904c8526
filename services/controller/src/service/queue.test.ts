import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { createFolderLeaseStore } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  type Run,
  RunState,
  SubmitRunRequest,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, leaseRun } from '@holdfast/run-store';
import {
  createInProcessClient,
  createRemoteClient,
  defineService,
  startServer,
} from '@holdfast/service-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { waitForEnd } from '../test-support/host.js';
import { defaultLimits, type QueueLimits } from './controller-options.js';
import { createControllerService } from './create-controller-service.js';

const disk = vi.hoisted(() => ({ isFull: false, isBroken: false, isAway: false }));
vi.mock('@holdfast/run-store', async (importOriginal) => {
  const store = await importOriginal<typeof import('@holdfast/run-store')>();
  const requireRoom = () => {
    if (disk.isFull) throw new Fault('disk-full', 'no room is left for the journal');
    if (disk.isBroken) throw new Fault('internal', 'the journal cannot be written');
  };
  return {
    ...store,
    async openRunJournal(...opened: Parameters<typeof store.openRunJournal>) {
      if (disk.isAway) throw new Fault('unavailable', 'the store does not answer');
      const journal = await store.openRunJournal(...opened);
      return {
        ...journal,
        async append(...entry: Parameters<typeof journal.append>) {
          requireRoom();
          await journal.append(...entry);
        },
      };
    },
    async endIdle(...ended: Parameters<typeof store.endIdle>) {
      requireRoom();
      await store.endIdle(...ended);
    },
  };
});

/** What a run meets first: an encoder that answers when the test lets it. */
interface Turn {
  fail(error: Fault): void;
}

interface Controller {
  readonly client: ControllerServiceClient;
  /** The runs that have their turn, in the order in which it came. */
  readonly turns: Turn[];
  /** Called while a run's entry of its journal is written. */
  onRecord?: (event: string) => void;
  /** As the client's, without a connection. */
  cancel(runId: string): Promise<void>;
  /** As of a client whose certificate has this name. */
  submitAs(name: string, request: SubmitRunRequest): Promise<string>;
  restore(resumesInterrupted?: boolean): Promise<void>;
  begin(): void;
  stop(): Promise<void>;
  close(): Promise<void>;
}

const done = () => new Fault('internal', 'the run has had its turn');

/** A machine that does much else takes its time. */
const patience = { timeout: 10_000 };

let base: string;
let controllers: Controller[];
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-queue-')));
  controllers = [];
  disk.isFull = false;
  disk.isBroken = false;
  disk.isAway = false;
});
afterEach(async () => {
  await Promise.all(controllers.map((controller) => controller.close()));
  await rm(base, { recursive: true });
});

/** A controller over a loopback socket, whose runs stop at the encoder. */
async function start(
  limits: Partial<QueueLimits> = {},
  { resumesInterrupted = false } = {},
): Promise<Controller> {
  const turns: Turn[] = [];
  let isClosing = false;
  const encoder = {
    getInfo: () =>
      new Promise((_, reject) => (isClosing ? reject(done()) : turns.push({ fail: reject }))),
    unloadModel: async () => ({}),
  };
  const closable = { closeRun: async () => ({}) };
  const services = { encoder, optimizer: closable, constraint: closable, terms: closable };
  const service = createControllerService({
    ...(services as unknown as ServiceClients),
    limits: { ...defaultLimits, ...limits },
    resumesInterrupted,
    runsPath: join(base, 'runs'),
    roots: [base],
    version: 'test',
    command: 'holdfast',
    observer: { onRecord: (_, { event }) => controller.onRecord?.(event) },
  });
  const server = await startServer({
    services: [defineService(ControllerServiceDefinition, service)],
  });
  const remote = createRemoteClient(ControllerServiceDefinition, {
    address: server.address,
    attemptsMax: 1,
  });
  const controller: Controller = {
    client: remote.client,
    turns,
    async cancel(runId) {
      await createInProcessClient(ControllerServiceDefinition, service).cancelRun({ runId });
    },
    async submitAs(name, request) {
      // As a server writes it that asks its clients for certificates.
      const written = new Map([['holdfast-certified-name-bin', Buffer.from(name)]]);
      const { runId } = await service.submitRun(request, { metadata: written } as never);
      return runId!;
    },
    restore: (resumesInterrupted = false) =>
      service.restore({
        resumesInterrupted,
        onRefused: (_, error) => expect.unreachable(`${error}`),
      }),
    begin: () => service.begin(),
    stop: () => service.stop(),
    async close() {
      isClosing = true;
      remote.close();
      const stopped = service.stop();
      for (const turn of turns) turn.fail(done());
      await stopped;
      await server.close(0);
    },
  };
  controllers.push(controller);
  return controller;
}

function createRequest(how: { priority?: number; caller?: string } = {}): SubmitRunRequest {
  const planYaml = JSON.stringify({ model: 'model', data: {}, target: { class: 'a' } });
  const request = { requestId: randomUUID(), planYaml, planName: 'plan.yaml' };
  const baseUri = pathToFileURL(base).href;
  return SubmitRunRequest.fromPartial({ ...request, baseUri, ...how });
}

async function submit({ client }: Controller, how: Parameters<typeof createRequest>[0] = {}) {
  return (await client.submitRun(createRequest(how))).runId;
}

async function get({ client }: Controller, runId: string): Promise<Run> {
  return (await client.getRun({ runId })).run!;
}

/** The runs that wait, in their order. */
async function listWaiting({ client }: Controller): Promise<string[]> {
  const { runs } = await client.listRuns({ states: [RunState.RUN_STATE_QUEUED] });
  const placed = runs.toSorted((a, b) => a.queued!.position - b.queued!.position);
  expect(placed.map(({ queued }) => queued!.position)).toEqual(placed.map((_, i) => i + 1));
  return placed.map(({ runId }) => runId);
}

async function untilTurns(controller: Controller, count: number): Promise<void> {
  await expect.poll(() => controller.turns.length, patience).toBe(count);
}

/** A run whose turn has come, what is noted of it, and how it ends. */
async function startWatched() {
  const controller = await start();
  const runId = await submit(controller);
  const notes: string[] = [];
  const watched = waitForEnd(controller.client, runId, (event) => {
    if (event.$case === 'noted') notes.push(event.value.message);
  });
  await untilTurns(controller, 1);
  return { controller, runId, notes, watched };
}

/** A run whose turn has come, and one that waits behind it. */
async function startTwo() {
  const controller = await start();
  const [first, second] = [await submit(controller), await submit(controller)];
  await untilTurns(controller, 1);
  return { controller, first, second };
}

/** Ends the run that has its turn, and waits for the next one's. */
async function passTurn(controller: Controller): Promise<void> {
  const { length } = controller.turns;
  controller.turns.at(-1)!.fail(done());
  await untilTurns(controller, length + 1);
}

/** Takes a run as a process elsewhere would that does not say again that it is there. */
async function takeElsewhere(runUri: string, lengthMs: number): Promise<void> {
  const store = createFolderLeaseStore(describeRunFolder(fileURLToPath(runUri)).lease);
  const owner = { processId: 7, host: 'elsewhere', since: 'noon', lengthMs };
  const { term = 0 } = (await store.readNewest()) ?? {};
  await store.create(term + 1, JSON.stringify(owner));
}

const { RUN_STATE_QUEUED, RUN_STATE_PREPARING, RUN_STATE_CANCELLED, RUN_STATE_FAILED } = RunState;

describe('a queue of runs', () => {
  it('goes by priority, then by submission, and says which place each run has', async () => {
    const controller = await start();
    const first = await submit(controller);
    const [low, one, high, two] = [
      await submit(controller, { priority: -5 }),
      await submit(controller),
      await submit(controller, { priority: 7, caller: 'nightly' }),
      await submit(controller),
    ];
    await untilTurns(controller, 1);
    expect((await get(controller, first)).state).toBe(RUN_STATE_PREPARING);
    expect(await listWaiting(controller)).toEqual([high, one, two, low]);
    expect(await get(controller, high!)).toMatchObject({ priority: 7, caller: 'nightly' });
    for (const next of [high, one, two, low]) {
      await passTurn(controller);
      expect(await get(controller, next!)).toMatchObject({
        state: RUN_STATE_PREPARING,
        queued: undefined,
      });
    }
  });

  it('works on as many at once as it may', async () => {
    const controller = await start({ concurrentRuns: 2 });
    const ids = [await submit(controller), await submit(controller), await submit(controller)];
    await untilTurns(controller, 2);
    const states = async () =>
      Promise.all(ids.map(async (id) => (await get(controller, id)).state));
    expect(await states()).toEqual([RUN_STATE_PREPARING, RUN_STATE_PREPARING, RUN_STATE_QUEUED]);
    controller.turns[0]!.fail(done());
    await untilTurns(controller, 3);
    expect(await states()).toEqual([RUN_STATE_FAILED, RUN_STATE_PREPARING, RUN_STATE_PREPARING]);
  });

  it('refuses at once what is beyond its limits, says when to come back, and makes nothing', async () => {
    const controller = await start({ queuedRuns: 2, runsPerCaller: 2 });
    const first = await submit(controller, { caller: 'a' });
    await submit(controller, { caller: 'a' });
    const refused = { kind: 'exhausted', retryAfterMs: 30_000 };
    await expect(submit(controller, { caller: 'a' })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("caller 'a' has 2 runs"),
    });
    const last = await submit(controller, { caller: 'b' });
    await expect(submit(controller, { caller: 'c' })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('2 runs wait already'),
    });
    expect(await readdir(join(base, 'runs'))).toHaveLength(3);
    await controller.client.cancelRun({ runId: last });
    // A run that has ended counts no more; one that goes on again does.
    controller.turns.at(-1)!.fail(done());
    await waitForEnd(controller.client, first);
    await submit(controller, { caller: 'a' });
    const { runUri } = await get(controller, first);
    await expect(controller.client.resumeRun({ runUri })).rejects.toMatchObject(refused);
  });

  it("goes by the name in a caller's certificate, whatever the caller says", async () => {
    const controller = await start({ runsPerCaller: 1 });
    const submitAs = (caller: string) =>
      controller.submitAs('ada@example.com', createRequest({ caller }));
    const first = await submitAs('a');
    expect(await get(controller, first)).toMatchObject({ caller: 'ada@example.com' });
    await expect(submitAs('b')).rejects.toMatchObject({
      kind: 'exhausted',
      message: expect.stringContaining("caller 'ada@example.com' has 1 runs"),
    });
    expect(await get(controller, await submit(controller, { caller: 'b' }))).toMatchObject({
      caller: 'b',
    });
  });

  it('that may not be waited in takes runs while none is going', async () => {
    const controller = await start({ queuedRuns: 0 });
    await submit(controller);
    await expect(submit(controller)).rejects.toMatchObject({ kind: 'exhausted' });
  });

  it('refuses a priority and a caller beyond their limits by name', async () => {
    const controller = await start();
    const wrong = submit(controller, { priority: 1001, caller: 'a\nb' });
    await expect(wrong).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: 'priority' }, { field: 'caller' }],
    });
  });

  it('outlives its controller: what waits goes on waiting in its order', async () => {
    const controller = await start();
    const going = await submit(controller);
    const [second, third] = [await submit(controller), await submit(controller, { priority: 1 })];
    await untilTurns(controller, 1);
    const watched = waitForEnd(controller.client, second);
    const told = expect(watched).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('goes on waiting'),
    });
    const stopped = controller.stop();
    await told;
    await expect(submit(controller)).rejects.toMatchObject({ kind: 'unavailable' });
    controller.turns[0]!.fail(new Fault('cancelled', 'as it was asked to'));
    await stopped;
    const later = await start();
    expect((await get(later, second)).state).toBe(RUN_STATE_QUEUED);
    await later.restore(true);
    // The one that was interrupted keeps its place before those that came later.
    expect(await listWaiting(later)).toEqual([third, going, second]);
    expect(later.turns).toEqual([]);
    later.begin();
    await untilTurns(later, 1);
    expect((await get(later, third)).state).toBe(RUN_STATE_PREPARING);
  });

  it('sends watchers of an interrupted run to the next controller, where that goes on with it', async () => {
    const resuming = { resumesInterrupted: true };
    const controller = await start({}, resuming);
    const going = await submit(controller);
    await untilTurns(controller, 1);
    const watched = waitForEnd(controller.client, going);
    const told = expect(watched).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('the next one goes on'),
    });
    const stopped = controller.stop();
    controller.turns[0]!.fail(new Fault('cancelled', 'as it was asked to'));
    await Promise.all([told, stopped]);
    const later = await start({}, resuming);
    // Before it is taken up, too, it has not ended.
    expect((await get(later, going)).state).toBe(RUN_STATE_QUEUED);
    const { runs } = await later.client.listRuns({ states: [RUN_STATE_QUEUED] });
    expect(runs.map(({ runId }) => runId)).toEqual([going]);
    await expect(waitForEnd(later.client, going)).rejects.toMatchObject({ kind: 'unavailable' });
    await later.restore(true);
    later.begin();
    await untilTurns(later, 1);
  });

  it('is taken up without those that were interrupted, unless it is told to', async () => {
    const controller = await start();
    const going = await submit(controller);
    const waiting = await submit(controller);
    await untilTurns(controller, 1);
    const stopped = controller.stop();
    controller.turns[0]!.fail(new Fault('cancelled', 'as it was asked to'));
    await stopped;
    const later = await start();
    await later.restore();
    expect(await listWaiting(later)).toEqual([waiting]);
    expect((await get(later, going)).state).toBe(RunState.RUN_STATE_INTERRUPTED);
  });

  it('lets a run be cancelled while it waits, on disk, and others move up', async () => {
    const controller = await start();
    await submit(controller);
    const [second, third] = [await submit(controller), await submit(controller)];
    const cancelling = { runId: second };
    await Promise.all([
      controller.client.cancelRun(cancelling),
      controller.client.cancelRun(cancelling),
    ]);
    const cancelled = { state: RUN_STATE_CANCELLED, reason: expect.stringContaining('waited') };
    expect(await get(controller, second)).toMatchObject(cancelled);
    expect(await get(await start(), second)).toMatchObject(cancelled);
    expect((await waitForEnd(controller.client, second)).state).toBe(RUN_STATE_CANCELLED);
    expect(await listWaiting(controller)).toEqual([third]);
    // Resumed, it stands behind those that went on waiting.
    const { runUri } = await get(controller, second);
    await controller.client.resumeRun({ runUri });
    expect(await listWaiting(controller)).toEqual([third, second]);
    await passTurn(controller);
    await passTurn(controller);
    expect((await get(controller, second)).state).toBe(RUN_STATE_PREPARING);
  });

  it.each([true, false])(
    'lets a run be cancelled that was interrupted, on disk, where it would go on: %s',
    async (resumesInterrupted) => {
      const controller = await start();
      const [stopped, killed] = [await submit(controller), await submit(controller)];
      await untilTurns(controller, 1);
      const { runUri } = await get(controller, killed);
      const stopping = controller.stop();
      controller.turns[0]!.fail(new Fault('cancelled', 'as it was asked to'));
      await stopping;
      const at = new Date().toISOString();
      const began = { event: 'run.started', at, softwareVersion: 'test', environment: {} };
      await appendFile(fileURLToPath(`${runUri}/journal.jsonl`), `${JSON.stringify(began)}\n`);
      const later = await start({}, { resumesInterrupted });
      for (const runId of [stopped, killed]) {
        await later.client.cancelRun({ runId });
        expect((await get(later, runId)).state).toBe(RUN_STATE_CANCELLED);
        expect((await waitForEnd(later.client, runId)).state).toBe(RUN_STATE_CANCELLED);
      }
      const last = await start({}, { resumesInterrupted: true });
      await last.restore(true);
      expect(await listWaiting(last)).toEqual([]);
    },
  );

  it('keeps the place of a run that cannot be cancelled', async () => {
    const controller = await start();
    await submit(controller);
    const [second, third] = [await submit(controller), await submit(controller)];
    const { runUri } = await get(controller, second);
    const lease = await leaseRun(describeRunFolder(fileURLToPath(runUri)));
    const refused = controller.client.cancelRun({ runId: second });
    await expect(refused).rejects.toMatchObject({ kind: 'aborted' });
    expect(await listWaiting(controller)).toEqual([second, third]);
    await lease.release();
    await controller.client.cancelRun({ runId: second });
    expect(await listWaiting(controller)).toEqual([third]);
  });

  it('lets a run be cancelled while it waits for whether its former process lives, on disk', async () => {
    const controller = await start();
    const first = await submit(controller);
    const second = await submit(controller);
    await untilTurns(controller, 1);
    const { runUri } = await get(controller, second);
    await takeElsewhere(runUri, 2000);
    const notes: string[] = [];
    const watched = waitForEnd(controller.client, second, (event) => {
      if (event.$case === 'noted') notes.push(event.value.message);
    });
    controller.turns[0]!.fail(done());
    await waitForEnd(controller.client, first);
    await expect
      .poll(() => notes, patience)
      .toEqual([expect.stringContaining('of host elsewhere')]);
    await controller.client.cancelRun({ runId: second });
    expect((await watched).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), second)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('refuses to go on with a run that is stopping, until it has stopped', async () => {
    const { controller, first, second } = await startTwo();
    const resume = async (runId: string) => {
      const { runUri } = await get(controller, runId);
      return controller.client.resumeRun({ runUri });
    };
    const refused = { kind: 'precondition', message: expect.stringContaining('has stopped') };
    await controller.client.cancelRun({ runId: first });
    await expect(resume(first)).rejects.toMatchObject(refused);
    // Cancelled, too, only once it is certain that no other process has it.
    await takeElsewhere((await get(controller, second)).runUri, 1000);
    const cancelling = controller.cancel(second);
    await expect(resume(second)).rejects.toMatchObject(refused);
    await cancelling;
    controller.turns[0]!.fail(new Fault('cancelled', 'asked to stop'));
    await waitForEnd(controller.client, first);
    await resume(first);
    await resume(second);
    await untilTurns(controller, 2);
    expect(await listWaiting(controller)).toEqual([second]);
  });

  it('says of a run that another process took over what its folder says', async () => {
    const controller = await start();
    const runId = await submit(controller);
    await untilTurns(controller, 1);
    const { runUri } = await get(controller, runId);
    await takeElsewhere(runUri, 60_000);
    controller.turns[0]!.fail(done());
    expect((await waitForEnd(controller.client, runId)).state).toBe(RUN_STATE_FAILED);
    const state = async () => (await get(controller, runId)).state;
    await expect.poll(state, patience).toBe(RUN_STATE_PREPARING);
    await expect(controller.client.cancelRun({ runId })).rejects.toMatchObject({ kind: 'aborted' });
  });

  it.each([false, true])(
    'says how a run ended that failed before it was opened, also to the next controller, unless its journal is broken: %s',
    async (isBroken) => {
      const { controller, first, second } = await startTwo();
      const { runUri } = await get(controller, second);
      // As where the disk of its checkpoints is away.
      await symlink(join(base, 'away'), fileURLToPath(`${runUri}/checkpoints`));
      disk.isBroken = isBroken;
      controller.turns[0]!.fail(done());
      await waitForEnd(controller.client, first);
      const { state, failure } = await waitForEnd(controller.client, second);
      expect(state).toBe(RUN_STATE_FAILED);
      expect(failure?.message).toContain(`${fileURLToPath(runUri)}/checkpoints`);
      const unwritten = 'could not be written down: the journal cannot be written';
      expect(failure?.message.includes(unwritten)).toBe(isBroken);
      const onDisk = isBroken ? RUN_STATE_QUEUED : RUN_STATE_FAILED;
      expect((await get(await start(), second)).state).toBe(onDisk);
    },
  );

  it.each([false, true])(
    'cancels a run whose failure could not be written down, on disk, where its folder was opened: %s',
    async (isOpened) => {
      const { controller, first, second } = await startTwo();
      const runId = isOpened ? first : second;
      const { runUri } = await get(controller, second);
      await symlink(join(base, 'away'), fileURLToPath(`${runUri}/checkpoints`));
      disk.isBroken = true;
      controller.turns[0]!.fail(done());
      expect((await waitForEnd(controller.client, runId)).state).toBe(RUN_STATE_FAILED);
      const cancel = () => controller.client.cancelRun({ runId });
      await expect(cancel()).rejects.toMatchObject({ kind: 'internal' });
      expect((await get(await start(), runId)).state).toBe(RUN_STATE_QUEUED);
      disk.isBroken = false;
      await cancel();
      for (const asked of [controller, await start()]) {
        expect(await get(asked, runId)).toMatchObject({
          state: RUN_STATE_CANCELLED,
          failure: undefined,
        });
      }
    },
  );

  it('leaves a run that failed as it is where it is cancelled, also where its folder is gone', async () => {
    const controller = await start();
    const ids = [await submit(controller), await submit(controller)];
    for (const [index, runId] of ids.entries()) {
      await untilTurns(controller, index + 1);
      controller.turns[index]!.fail(done());
      await waitForEnd(controller.client, runId);
    }
    const { runUri } = await get(controller, ids[1]!);
    await rm(fileURLToPath(runUri), { recursive: true });
    for (const runId of ids) {
      await controller.client.cancelRun({ runId });
      expect((await get(controller, runId)).state).toBe(RUN_STATE_FAILED);
    }
  });

  it('lets a run wait whose folder is away for a moment when its turn comes', async () => {
    const { controller, first, second } = await startTwo();
    disk.isAway = true;
    controller.turns[0]!.fail(done());
    await waitForEnd(controller.client, first);
    const reason = async () => (await get(controller, second)).queued?.reason;
    await expect.poll(reason, patience).toContain('the store does not answer');
    disk.isAway = false;
    await untilTurns(controller, 2);
  });

  it('tells a watcher of every place, and goes on into the run', async () => {
    const controller = await start();
    await submit(controller);
    const [second, third] = [await submit(controller), await submit(controller)];
    await untilTurns(controller, 1);
    const events: WatchRunResponse['event'][] = [];
    const watched = waitForEnd(controller.client, third, (event) => events.push(event));
    await expect.poll(() => events.length, patience).toBe(2);
    await controller.client.cancelRun({ runId: second });
    await expect.poll(() => events.length, patience).toBe(3);
    await passTurn(controller);
    controller.turns[1]!.fail(done());
    expect((await watched).state).toBe(RUN_STATE_FAILED);
    const said = events.map((event) =>
      event?.$case === 'queued'
        ? event.value.position
        : event?.$case === 'stateChanged'
          ? event.value.state
          : event?.$case,
    );
    expect(said).toEqual([RUN_STATE_QUEUED, 2, 1, RUN_STATE_PREPARING, 'ended']);
  });

  it('is shared by controllers of one folder: each run has one turn', async () => {
    const one = await start();
    await submit(one);
    const shared = await submit(one);
    await untilTurns(one, 1);
    const other = await start();
    await other.restore();
    expect(await listWaiting(other)).toEqual([shared]);
    other.begin();
    await untilTurns(other, 1);
    // It still waits here, but another one works on it when its turn comes, and has ended it when it comes again.
    one.turns[0]!.fail(done());
    await expect
      .poll(async () => (await get(one, shared)).state, patience)
      .toBe(RUN_STATE_PREPARING);
    expect(one.turns).toHaveLength(1);
    await expect(waitForEnd(one.client, shared)).rejects.toMatchObject({ kind: 'aborted' });
    other.turns[0]!.fail(done());
    await waitForEnd(other.client, shared);
    expect((await get(one, shared)).state).toBe(RUN_STATE_FAILED);
  });
});

describe('a run whose services are not ready for it', () => {
  const full = () => new Fault('exhausted', '8 runs are open already', { retryAfterMs: 50 });
  const away = () =>
    new Fault('unavailable', 'the encoder at h:1 does not answer', { retryAfterMs: 50 });

  it('waits for another turn, at the head, and says for what', async () => {
    const { controller, first, second } = await startTwo();
    const seen: string[] = [];
    const watched = waitForEnd(controller.client, first, (event) => {
      if (event.$case === 'queued') seen.push(event.value.reason ?? '');
    });
    controller.turns[0]!.fail(full());
    await untilTurns(controller, 2);
    expect((await get(controller, first)).state).toBe(RUN_STATE_PREPARING);
    expect(await listWaiting(controller)).toEqual([second]);
    await passTurn(controller);
    await watched;
    expect(seen).toEqual(['8 runs are open already']);
    const { runUri } = await get(controller, first);
    const journal = await readFile(fileURLToPath(`${runUri}/journal.jsonl`), 'utf8');
    expect(journal).toContain('"reason":"8 runs are open already"');
  });

  it('is tried again as soon as another run ends', async () => {
    const controller = await start({ concurrentRuns: 2 });
    const [, second] = [await submit(controller), await submit(controller)];
    await untilTurns(controller, 2);
    controller.turns[1]!.fail(new Fault('exhausted', 'full', { retryAfterMs: 3_600_000 }));
    await expect
      .poll(async () => (await get(controller, second)).queued?.reason, patience)
      .toBe('full');
    controller.turns[0]!.fail(done());
    await untilTurns(controller, 3);
    expect((await get(controller, second)).state).toBe(RUN_STATE_PREPARING);
  });

  it('can be cancelled while it waits', async () => {
    const controller = await start();
    const first = await submit(controller);
    await untilTurns(controller, 1);
    controller.turns[0]!.fail(new Fault('exhausted', 'full', { retryAfterMs: 3_600_000 }));
    await expect
      .poll(async () => (await get(controller, first)).queued?.reason, patience)
      .toBe('full');
    await controller.client.cancelRun({ runId: first });
    expect((await get(controller, first)).state).toBe(RUN_STATE_CANCELLED);
    await submit(controller);
    await untilTurns(controller, 2);
  });

  it('can be cancelled while it is written down that it waits', async () => {
    const controller = await start();
    const runId = await submit(controller);
    await untilTurns(controller, 1);
    controller.onRecord = (event) => {
      if (event === 'run.queued') void controller.cancel(runId);
    };
    controller.turns[0]!.fail(full());
    expect((await waitForEnd(controller.client, runId)).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('cancels a run whose disk is full, and writes it down when there is room', async () => {
    const { controller, runId, notes, watched } = await startWatched();
    disk.isFull = true;
    await controller.client.cancelRun({ runId });
    controller.turns[0]!.fail(new Fault('cancelled', 'asked to stop'));
    await expect
      .poll(() => notes, patience)
      .toEqual([expect.stringContaining('until there is room')]);
    expect((await get(controller, runId)).state).toBe(RunState.RUN_STATE_STOPPING);
    disk.isFull = false;
    expect((await watched).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('says of a run that was cancelled where that could not be written down before it ended', async () => {
    const controller = await start();
    const runId = await submit(controller);
    const watched = waitForEnd(controller.client, runId);
    await untilTurns(controller, 1);
    disk.isFull = true;
    await controller.client.cancelRun({ runId });
    controller.turns[0]!.fail(new Fault('cancelled', 'asked to stop'));
    await controller.stop();
    expect(await watched).toMatchObject({
      state: RunState.RUN_STATE_INTERRUPTED,
      reason: expect.stringContaining('it was cancelled, and that could not be written down'),
    });
    // It had computed nothing.
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_QUEUED);
  });

  it('cancels a run that is about to wait on a full disk when there is room', async () => {
    const { controller, runId, notes, watched } = await startWatched();
    controller.onRecord = (event) => {
      if (event !== 'run.queued') return;
      disk.isFull = true;
      void controller.cancel(runId);
    };
    controller.turns[0]!.fail(full());
    await expect
      .poll(() => notes, patience)
      .toEqual([expect.stringContaining('until there is room')]);
    disk.isFull = false;
    expect((await watched).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('cancels a run that waited for room in vain, and says so to whoever watches it then', async () => {
    const controller = await start();
    const runId = await submit(controller);
    await untilTurns(controller, 1);
    controller.turns[0]!.fail(new Fault('disk-full', 'no room is left'));
    expect((await waitForEnd(controller.client, runId)).state).toBe(RunState.RUN_STATE_INTERRUPTED);
    const cancelling = { runId };
    await Promise.all([
      controller.client.cancelRun(cancelling),
      controller.client.cancelRun(cancelling),
    ]);
    expect((await waitForEnd(controller.client, runId)).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('can be cancelled again where that could not be written down', async () => {
    const controller = await start();
    const runId = await submit(controller);
    await untilTurns(controller, 1);
    controller.onRecord = (event) => {
      if (event !== 'run.queued') return;
      disk.isBroken = true;
      void controller.cancel(runId);
    };
    controller.turns[0]!.fail(full());
    expect(await waitForEnd(controller.client, runId)).toMatchObject({
      state: RunState.RUN_STATE_INTERRUPTED,
      reason: expect.stringContaining('the journal cannot be written; cancel it again'),
    });
    disk.isBroken = false;
    await controller.client.cancelRun({ runId });
    expect((await get(controller, runId)).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('cancels a run for which there was no room to say that it waits', async () => {
    const { controller, runId, notes, watched } = await startWatched();
    disk.isFull = true;
    controller.turns[0]!.fail(full());
    await expect.poll(() => notes.length, patience).toBe(1);
    await controller.client.cancelRun({ runId });
    disk.isFull = false;
    expect((await watched).state).toBe(RUN_STATE_CANCELLED);
    expect((await get(await start(), runId)).state).toBe(RUN_STATE_CANCELLED);
  });

  it('fails where a service was never reached: its address is wrong, more likely', async () => {
    const controller = await start();
    const first = await submit(controller);
    await untilTurns(controller, 1);
    controller.turns[0]!.fail(away());
    expect(await waitForEnd(controller.client, first)).toMatchObject({
      state: RUN_STATE_FAILED,
      failure: { message: 'the encoder at h:1 does not answer' },
    });
  });

  it('waits for a service that its earlier work had reached', async () => {
    const controller = await start();
    const first = await submit(controller);
    await untilTurns(controller, 1);
    const { runUri } = await get(controller, first);
    controller.turns[0]!.fail(done());
    await waitForEnd(controller.client, first);
    const journal = fileURLToPath(`${runUri}/journal.jsonl`);
    const read = {
      ...{ event: 'data.read', dataSha256: '0'.repeat(64) },
      ...{ imageChunk: 1, textChunk: 1, badImages: 0 },
    };
    await appendFile(journal, `${JSON.stringify(read)}\n`);
    await controller.client.resumeRun({ runUri });
    for (const turns of [2, 3, 4]) {
      await untilTurns(controller, turns);
      controller.turns.at(-1)!.fail(away());
    }
    await untilTurns(controller, 5);
    const entries = (await readFile(journal, 'utf8')).match(/does not answer/g);
    expect(entries).toHaveLength(1);
  });
});
