import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { createFolderLeaseStore } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, leaseRun } from '@holdfast/run-store';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { waitForEnd } from '../test-support/host.js';
import { type ControllerService, createControllerService } from './create-controller-service.js';

/** Services that are down: every run fails as soon as it asks one. */
const fail = async () => {
  throw new Fault('unavailable', 'the service is down');
};
const down = new Proxy({}, { get: () => fail });
const services = {
  encoder: down,
  optimizer: down,
  constraint: down,
  evaluator: down,
  terms: down,
};
const clients = services as ServiceClients;

let base: string;
let controller: ControllerServiceClient;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-controller-')));
  controller = createController();
  await mkdir(join(base, 'root/own'), { recursive: true });
  await writeFile(join(base, 'root/own/thesis.txt'), 'years of work');
  await mkdir(join(base, 'root/empty'));
  await symlink(base, join(base, 'root/up'));
});
afterEach(() => rm(base, { recursive: true }));

/** @param encoder what it answers */
function createService(encoder: object = down, runsPath = 'root/runs'): ControllerService {
  return createControllerService({
    ...clients,
    encoder: encoder as ServiceClients['encoder'],
    runsPath: join(base, runsPath),
    roots: [join(base, 'root')],
    version: 'test',
    command: 'holdfast',
  });
}

function createController(encoder?: object): ControllerServiceClient {
  return createInProcessClient(ControllerServiceDefinition, createService(encoder));
}

/** A path as messages name it. */
const uriOf = (path: string) => pathToFileURL(path).href;

const smallest = { model: 'model', data: {}, target: { class: 'a' } };

function submit(runPath: string, plan: object = {}, planName = 'plan.yaml') {
  const planYaml = JSON.stringify({ ...smallest, ...plan });
  const request = { planYaml, planName, baseUri: uriOf(join(base, 'root')) };
  return controller.submitRun({
    requestId: randomUUID(),
    ...request,
    ...(runPath && { runUri: uriOf(runPath) }),
  });
}

describe('the folder of a run that fails at once', () => {
  const places = ['new/deep', 'empty', ''];

  it.each(places)('stays, with the reason, where the plan is not to blame: "%s"', async (name) => {
    const { runId, runUri } = await submit(name && join(base, 'root', name));
    const run = await waitForEnd(controller, runId);
    expect(run.state).toBe(RunState.RUN_STATE_FAILED);
    expect(run.failure?.message).toContain('the service is down');
    expect(await readFile(new URL(`${runUri}/journal.jsonl`), 'utf8')).toContain(
      'the service is down',
    );
    expect((await readdir(new URL(runUri))).includes('plan.yaml')).toBe(true);
  });

  it.each(places)('is gone where the plan was refused: "%s"', async (name) => {
    controller = createController({ getInfo: async () => ({}) });
    const { runId, runUri } = await submit(name && join(base, 'root', name));
    const run = await waitForEnd(controller, runId);
    expect(run.state).toBe(RunState.RUN_STATE_FAILED);
    expect(run.failure?.message).toMatch(/^plan\.yaml: /);
    expect(existsSync(new URL(runUri))).toBe(false);
  });

  it.each([
    ['a'.repeat(990), /\/a{246}-[0-9a-f]{8}$/],
    ['雾a'.repeat(300), /\/(-a){123}-[0-9a-f]{8}$/],
  ])('has as much of a long plan name as a file name may have', async (planName, ending) => {
    const { runId, runUri } = await submit('', {}, planName);
    await waitForEnd(controller, runId);
    expect(runUri).toMatch(ending);
    expect(existsSync(new URL(runUri))).toBe(true);
  });

  it('is refused, and stays, where it holds anything else', async () => {
    await expect(submit(join(base, 'root/own'))).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('is not empty'),
    });
    expect(await readdir(join(base, 'root/own'))).toEqual(['thesis.txt']);
  });

  it('stays where the run was resumed, and tells a later controller of it', async () => {
    const folder = join(base, 'root/runs/stopped');
    await mkdir(folder, { recursive: true });
    const plan = JSON.stringify({ model: 'model', data: {}, target: { class: 'a' } });
    const origin = { runId: 'r', planName: 'plan.yaml', basePath: join(base, 'root') };
    await writeFile(join(folder, 'plan.yaml'), plan);
    await writeFile(join(folder, 'origin.json'), JSON.stringify(origin));
    await controller.resumeRun({ runUri: uriOf(folder) });
    expect((await waitForEnd(controller, 'r')).state).toBe(RunState.RUN_STATE_FAILED);
    expect(await readdir(folder)).toContain('plan.yaml');
    const later = createController();
    const message = expect.stringContaining('the service is down');
    const run = { runId: 'r', state: RunState.RUN_STATE_FAILED, failure: { code: 14, message } };
    expect((await later.getRun({ runId: 'r' })).run).toMatchObject(run);
    expect(await waitForEnd(later, 'r')).toMatchObject(run);
    expect(await later.cancelRun({ runId: 'r' })).toEqual({});
    await expect(later.getRun({ runId: 'other' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it.each([
    ['the folder of its plan', '.', 'model'],
    ['a file of its plan', 'root', '../thesis'],
  ])('is not gone on with where %s lies outside the roots of now', async (_, place, model) => {
    const folder = join(base, 'root/runs/foreign');
    await mkdir(folder, { recursive: true });
    const origin = { runId: 'r', planName: 'plan.yaml', basePath: join(base, place) };
    await writeFile(join(folder, 'plan.yaml'), JSON.stringify({ ...smallest, model }));
    await writeFile(join(folder, 'origin.json'), JSON.stringify(origin));
    await expect(controller.resumeRun({ runUri: uriOf(folder) })).rejects.toMatchObject({
      kind: 'invalid',
    });
    expect(await readdir(folder)).toEqual(['origin.json', 'plan.yaml']);
  });

  it('is listed once where a link leads to the folder of runs', async () => {
    controller = createInProcessClient(
      ControllerServiceDefinition,
      createService(down, 'root/up/root/runs'),
    );
    const { runId } = await submit('');
    await waitForEnd(controller, runId);
    const { runs } = await controller.listRuns({});
    expect(runs.map((run) => run.runId)).toEqual([runId]);
  });

  it('is not there where a controller is ending', async () => {
    const service = createService();
    await service.stop();
    controller = createInProcessClient(ControllerServiceDefinition, service);
    await expect(submit('')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await readdir(join(base, 'root/runs')).catch(() => [])).toEqual([]);
  });

  it('is taken up by a later controller where its process ended before it did, and only there', async () => {
    const { runId: failed } = await submit('');
    await waitForEnd(controller, failed);
    const runs = join(base, 'root/runs');
    const stopped = { event: 'run.stopped', state: 'cancelled', message: 'x', kind: 'cancelled' };
    for (const [runId, journal] of Object.entries({ a: '', b: '', c: JSON.stringify(stopped) })) {
      await writeRun(runId, journal && `${journal}\n`);
    }
    const later = createService();
    await later.restore({
      resumesInterrupted: true,
      onRefused: (runPath, error) => expect.unreachable(`${runPath}: ${error}`),
    });
    const client = createInProcessClient(ControllerServiceDefinition, later);
    const waiting = { states: [RunState.RUN_STATE_QUEUED] };
    expect((await client.listRuns(waiting)).runs).toMatchObject([
      { runId: 'b', queued: { position: 2 } },
      { runId: 'a', queued: { position: 1 } },
    ]);
    later.begin();
    for (const runId of ['a', 'b']) await waitForEnd(client, runId);
    for (const runId of ['a', 'b', failed]) {
      expect((await client.getRun({ runId })).run).toMatchObject({
        state: RunState.RUN_STATE_FAILED,
        failure: { message: expect.stringContaining('the service is down') },
      });
    }
    expect(await readFile(join(runs, 'c/journal.jsonl'), 'utf8')).toBe(
      `${JSON.stringify(stopped)}\n`,
    );
  });

  /** A run as an earlier process left it. */
  async function writeRun(runId: string, journal = ''): Promise<string> {
    const path = join(base, 'root/runs', runId);
    const createdAt = new Date(runId.charCodeAt(0) * 1000).toISOString();
    const origin = { runId, planName: 'plan.yaml', basePath: join(base, 'root'), createdAt };
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'origin.json'), JSON.stringify(origin));
    await writeFile(join(path, 'plan.yaml'), JSON.stringify(smallest));
    await writeFile(join(path, 'journal.jsonl'), journal);
    return path;
  }

  const queued = `${JSON.stringify({ event: 'run.queued', at: '2026-01-02T03:04:05.678Z' })}\n`;
  const onRefused = (path: string, error: unknown) => expect.unreachable(`${path}: ${error}`);

  /** A run whose process elsewhere ended without a word. */
  async function leaveRun(journal: string) {
    const store = createFolderLeaseStore(describeRunFolder(await writeRun('d', journal)).lease);
    await store.create(1, JSON.stringify({ processId: 1, host: 'elsewhere', lengthMs: 500 }));
    return store;
  }

  it.each([
    ['it is interrupted, and those are asked for', '', true],
    ['its turn had come, and it had not begun', queued, false],
  ])(
    'is taken up where its process elsewhere gives no sign any more: %s',
    async (_, journal, resumesInterrupted) => {
      const store = await leaveRun(journal);
      const later = createService();
      await later.restore({ resumesInterrupted, onRefused });
      const client = createInProcessClient(ControllerServiceDefinition, later);
      const stateOf = async () => (await client.getRun({ runId: 'd' })).run?.state;
      expect(await stateOf()).not.toBe(RunState.RUN_STATE_INTERRUPTED);
      later.begin();
      await later.restoreLeft({ resumesInterrupted, onRefused });
      const { failure } = await waitForEnd(client, 'd');
      expect(failure?.message).toContain('the service is down');
      expect((await store.readNewest())?.term).toBeGreaterThan(1);
    },
  );

  it('is taken up where it was left since the first look, but not out of the queue of another', async () => {
    const later = createService();
    const restoring = { resumesInterrupted: true, onRefused };
    await later.restoreLeft(restoring);
    await writeRun('a');
    await writeRun('b', queued);
    await later.restoreLeft(restoring);
    const client = createInProcessClient(ControllerServiceDefinition, later);
    expect((await waitForEnd(client, 'a')).failure?.message).toContain('the service is down');
    expect((await client.getRun({ runId: 'b' })).run?.state).toBe(RunState.RUN_STATE_QUEUED);
  });

  it('is taken up later where it could not be at first, which is told once', async () => {
    const path = await writeRun('a', queued);
    await writeFile(join(path, 'plan.yaml'), JSON.stringify({ ...smallest, model: '/elsewhere' }));
    const later = createService();
    const told: string[] = [];
    const restoring = {
      resumesInterrupted: false,
      onRefused: (_: string, error: unknown) => told.push(String(error)),
    };
    await later.restoreLeft(restoring);
    await later.restoreLeft(restoring);
    expect(told).toHaveLength(1);
    await writeFile(join(path, 'plan.yaml'), JSON.stringify(smallest));
    await later.restoreLeft(restoring);
    const client = createInProcessClient(ControllerServiceDefinition, later);
    expect((await waitForEnd(client, 'a')).failure?.message).toContain('the service is down');
  });

  it.each([
    ['its plan', 'root/runs/a/plan.yaml'],
    ['its folder', 'root/runs/a'],
    ['the folder of runs', 'root/runs'],
  ])('is taken up though %s could not be read for a moment', async (_, name) => {
    await writeRun('a', queued);
    const path = join(base, name);
    await rename(path, join(base, 'aside'));
    // Without an end: ELOOP.
    await symlink(path, path);
    const later = createService();
    const told: unknown[] = [];
    const restoring = {
      resumesInterrupted: false,
      onRefused: (_: string, error: unknown) => told.push(error),
    };
    await later.restore(restoring).catch((error) => told.push(error));
    await later.restoreLeft(restoring).catch((error) => told.push(error));
    expect(told.map(String)).toContainEqual(expect.stringContaining('ELOOP'));
    await rm(path);
    await rename(join(base, 'aside'), path);
    await later.restoreLeft(restoring);
    const client = createInProcessClient(ControllerServiceDefinition, later);
    expect((await waitForEnd(client, 'a')).failure?.message).toContain('the service is down');
  });

  it('is not taken up where it was not asked for', async () => {
    await leaveRun('');
    const later = createService();
    await later.restoreLeft({ resumesInterrupted: false, onRefused });
    const client = createInProcessClient(ControllerServiceDefinition, later);
    const { run } = await client.getRun({ runId: 'd' });
    expect(run?.state).toBe(RunState.RUN_STATE_INTERRUPTED);
  });

  it('is taken up once where it is resumed while that is found out, and not where it is cancelled then', async () => {
    const runUri = uriOf(await writeRun('a', queued));
    await writeRun('b', queued);
    await leaveRun(queued);
    const later = createService();
    const client = createInProcessClient(ControllerServiceDefinition, later);
    const restoring = later.restoreLeft({ resumesInterrupted: true, onRefused });
    await Promise.all([client.resumeRun({ runUri }), client.cancelRun({ runId: 'b' })]);
    await restoring;
    for (const runId of ['a', 'd']) await waitForEnd(client, runId);
    const { runs } = await client.listRuns({});
    const states = Object.fromEntries(runs.map(({ runId, state }) => [runId, state]));
    expect(states).toEqual({
      a: RunState.RUN_STATE_FAILED,
      b: RunState.RUN_STATE_CANCELLED,
      d: RunState.RUN_STATE_FAILED,
    });
    const journal = await readFile(join(base, 'root/runs/a/journal.jsonl'), 'utf8');
    expect(journal.match(/run.stopped/g)).toHaveLength(1);
  });

  it('tells its watchers to come back once it is certain that its process is gone', async () => {
    await leaveRun('');
    const later = createService();
    const client = createInProcessClient(ControllerServiceDefinition, later);
    await Promise.all([
      expect(waitForEnd(client, 'd')).rejects.toMatchObject({ kind: 'unavailable' }),
      later.restoreLeft({ resumesInterrupted: true, onRefused }),
    ]);
    expect((await waitForEnd(client, 'd')).failure?.message).toContain('the service is down');
  });

  it('tells its watchers to come back where it waits, until the first look is over', async () => {
    const later = createService();
    const client = createInProcessClient(ControllerServiceDefinition, later);
    const restoring = { resumesInterrupted: false, onRefused };
    await later.restore(restoring);
    // Another controller ends, and leaves what waits.
    await writeRun('b', queued);
    await expect(waitForEnd(client, 'b')).rejects.toMatchObject({ kind: 'unavailable' });
    await later.restoreLeft(restoring);
    expect((await waitForEnd(client, 'b')).failure?.message).toContain('the service is down');
    await writeRun('c', queued);
    const message = expect.stringContaining('resume it');
    await expect(waitForEnd(client, 'c')).rejects.toMatchObject({ kind: 'aborted', message });
  });

  it('refuses its watchers as soon as it is certain that its process lives', async () => {
    const store = createFolderLeaseStore(describeRunFolder(await writeRun('d', queued)).lease);
    await store.create(1, JSON.stringify({ processId: 1, host: 'elsewhere', lengthMs: 60_000 }));
    const renewing = setInterval(() => void store.renew(1), 20);
    const watching = waitForEnd(controller, 'd').finally(() => clearInterval(renewing));
    const message = expect.stringContaining('process 1 of host elsewhere');
    await expect(watching).rejects.toMatchObject({ kind: 'aborted', message });
  });

  it('holds up no submission while it is found out whether its process lives', async () => {
    const store = createFolderLeaseStore(describeRunFolder(await writeRun('d', queued)).lease);
    await store.create(1, JSON.stringify({ processId: 1, host: 'elsewhere', lengthMs: 60_000 }));
    const runUri = uriOf(join(base, 'root/runs/d'));
    let isResumed = false;
    const resuming = controller.resumeRun({ runUri }).then(() => {
      isResumed = true;
    });
    await submit('');
    expect(isResumed).toBe(false);
    await store.release(1);
    await resuming;
    expect((await waitForEnd(controller, 'd')).state).toBe(RunState.RUN_STATE_FAILED);
  });

  it('is left to another process that works on it', async () => {
    const { runId, runUri } = await submit('');
    await waitForEnd(controller, runId);
    const lease = await leaseRun(describeRunFolder(fileURLToPath(runUri)));
    const later = createController();
    const refused = {
      kind: 'aborted',
      message: expect.stringMatching(`process ${process.pid} of .* is`),
    };
    await expect(later.resumeRun({ runUri })).rejects.toMatchObject(refused);
    await expect(later.cancelRun({ runId })).rejects.toMatchObject(refused);
    await expect(waitForEnd(later, runId)).rejects.toMatchObject(refused);
    await lease.release();
    expect((await waitForEnd(later, runId)).state).toBe(RunState.RUN_STATE_FAILED);
  });

  it('does not hide other runs where its files are damaged', async () => {
    const { runId } = await submit('');
    await waitForEnd(controller, runId);
    await mkdir(join(base, 'root/runs/damaged'), { recursive: true });
    await writeFile(join(base, 'root/runs/damaged/origin.json'), '{');
    expect((await controller.listRuns({})).runs).toMatchObject([
      {
        state: RunState.RUN_STATE_FAILED,
        failure: { code: 3, message: expect.stringContaining('origin.json is damaged') },
      },
      { runId },
    ]);
  });
});

describe('paths outside the roots', () => {
  it.each(['../outside', 'up/outside'])('are no place for a run: %s', async (name) => {
    const request = controller.submitRun({
      ...{ requestId: randomUUID(), planYaml: '{}', baseUri: uriOf(join(base, 'root')) },
      runUri: `${uriOf(join(base, 'root'))}/${name}/run`,
    });
    await expect(request).rejects.toMatchObject({ violations: [{ field: 'run_uri' }] });
    expect(existsSync(join(base, 'outside'))).toBe(false);
  });

  it('are refused in a plan, every field by its name', async () => {
    const data = { root: 'up', manifest: join(base, 'secret') };
    await expect(submit('', { model: '../model', data })).rejects.toMatchObject({
      kind: 'invalid',
      violations: ['model', 'data.root', 'data.manifest'].map((field) => ({
        field,
        description: expect.stringContaining('lies outside'),
      })),
    });
    expect(existsSync(join(base, 'root/runs'))).toBe(false);
  });
});

describe('a request to submit', () => {
  const request = {
    requestId: 'r-1',
    planYaml: JSON.stringify({ model: 'model', data: {}, target: { class: 'a' } }),
    planName: 'plan.yaml',
    labels: { team: 'signs' },
  };
  const inRoot = () => ({ ...request, baseUri: uriOf(join(base, 'root')) });

  it('that is repeated has one run, at once, later and after a restart', async () => {
    const [first, second] = await Promise.all([
      controller.submitRun(inRoot()),
      controller.submitRun(inRoot()),
    ]);
    expect(second).toEqual(first);
    await waitForEnd(controller, first.runId);
    expect(await controller.submitRun(inRoot())).toEqual(first);
    expect(await createController().submitRun(inRoot())).toEqual(first);
    expect(await readdir(join(base, 'root/runs'))).toHaveLength(1);
    expect((await createController().getRun(first)).run?.labels).toEqual({ team: 'signs' });
  });

  it('that is repeated finds its run in a folder of its own after a restart', async () => {
    const named = { ...inRoot(), runUri: uriOf(join(base, 'root/named')) };
    const first = await controller.submitRun(named);
    await waitForEnd(controller, first.runId);
    expect(await createController().submitRun(named)).toEqual(first);
  });

  it.each([
    ['its origin', ({ runUri }: { runUri: string }) => new URL(`${runUri}/origin.json`)],
    ['its folder', ({ runUri }: { runUri: string }) => new URL(runUri)],
    ['the folder of runs', () => new URL(uriOf(join(base, 'root/runs')))],
  ])('that is repeated waits where %s cannot be read for a moment', async (_, find) => {
    const first = await controller.submitRun(inRoot());
    await waitForEnd(controller, first.runId);
    const path = find(first);
    await rename(path, join(base, 'aside'));
    // Without an end: ELOOP.
    await symlink(path, path);
    const later = createController();
    await expect(later.submitRun(inRoot())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('cannot be read (ELOOP)'),
    });
    await rm(path);
    await rename(join(base, 'aside'), path);
    expect(await later.submitRun(inRoot())).toEqual(first);
    expect(await readdir(join(base, 'root/runs'))).toHaveLength(1);
  });

  it('is taken beside what is no run of this controller', async () => {
    await mkdir(join(base, 'root/runs/other/origin.json'), { recursive: true });
    await mkdir(join(base, 'root/runs/damaged'));
    await writeFile(join(base, 'root/runs/damaged/origin.json'), '{');
    await writeFile(join(base, 'root/runs/notes.txt'), '');
    const { runId } = await controller.submitRun(inRoot());
    await waitForEnd(controller, runId);
  });

  it('is refused where its name was another request', async () => {
    const { runId } = await controller.submitRun(inRoot());
    await waitForEnd(controller, runId);
    const violations = [{ field: 'request_id', description: expect.stringContaining('another') }];
    for (const other of [{ labels: {} }, { planName: 'other.yaml' }]) {
      const refused = controller.submitRun({ ...inRoot(), ...other });
      await expect(refused).rejects.toMatchObject({ kind: 'invalid', violations });
    }
  });

  it('is refused with every field that is wrong, and makes nothing', async () => {
    const labels = { Team: 'signs', note: 'x'.repeat(257) };
    const places = { baseUri: 's3://bucket/root', runUri: './run' };
    const wrong = { requestId: '', planName: 'p'.repeat(1001), planYaml: '', labels, ...places };
    const fields = ['request_id', 'plan_yaml', 'plan_name', 'run_uri', 'base_uri', 'labels'];
    await expect(controller.submitRun(wrong)).rejects.toMatchObject({
      kind: 'invalid',
      violations: [...fields, 'labels["note"]'].map((field) => expect.objectContaining({ field })),
    });
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, '']));
    await expect(controller.submitRun({ ...inRoot(), labels: many })).rejects.toMatchObject({
      violations: [{ field: 'labels', description: 'must be at most 64' }],
    });
    await expect(controller.resumeRun({ runUri: '/runs/a' })).rejects.toMatchObject({
      violations: [{ field: 'run_uri', description: expect.stringContaining('is no URI') }],
    });
    expect(existsSync(join(base, 'root/runs'))).toBe(false);
  });
});
