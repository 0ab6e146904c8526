import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 } from '@holdfast/artifacts';
import {
  HealthCheckResponse_ServingStatus,
  HealthDefinition,
} from '@holdfast/proto/grpc/health/v1/health';
import {
  type ControllerServiceClient,
  ControllerServiceDefinition,
  type Run,
  RunState,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForEnd } from './test-support/host.js';
import {
  type ServiceProcess,
  startController,
  startService,
  startServices,
} from './test-support/service-process.js';
import { createSmallPlan, type SmallPlan } from './test-support/small-run.js';

/** Holds what a client reads of a run that is completed against its folder. */
async function expectFiles(client: ControllerServiceClient, runId: string, runPath: string) {
  const verdict = await readFile(join(runPath, 'verdict.json'), 'utf8');
  expect(await client.getVerdict({ runId })).toMatchObject({
    verdictJson: verdict,
    sha256: sha256(verdict),
    reason: JSON.parse(verdict).reason,
  });
  const report: Buffer[] = [];
  for await (const { chunk } of client.getReport({ runId })) report.push(chunk);
  expect(Buffer.concat(report)).toEqual(await readFile(join(runPath, 'report.html')));
  const path = 'candidate/model.safetensors';
  const { artifacts } = await client.listArtifacts({ runId });
  const listed = artifacts.find((artifact) => artifact.path === path);
  const weights = await readFile(join(runPath, path));
  expect(listed?.sizeBytes).toBe(BigInt(weights.length));
  const chunks: Buffer[] = [];
  for await (const { chunk } of client.getArtifact({ runId, path })) chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(1);
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(weights));
  const leave = client.getArtifact({ runId, path: '../plan.yaml' })[Symbol.asyncIterator]();
  await expect(leave.next()).rejects.toMatchObject({ kind: 'invalid' });
  await expect(client.getVerdict({ runId: 'none' })).rejects.toMatchObject({ kind: 'not-found' });
}

/** The runs of a controller, one a page and all at once. */
async function pageRuns(client: ControllerServiceClient) {
  const idsOf = (runs: readonly Run[]) => runs.map(({ runId }) => runId);
  const { runs } = await client.listRuns({});
  const pages: string[][] = [];
  for (let pageToken = ''; pages.length === 0 || pageToken !== ''; ) {
    const page = await client.listRuns({ pageSize: 1, pageToken });
    pages.push(idsOf(page.runs));
    pageToken = page.nextPageToken;
  }
  return { pages, all: idsOf(runs) };
}

describe('five services in five processes', () => {
  const services = new Map<string, ServiceProcess>();
  let runsPath: string;
  beforeAll(async () => {
    runsPath = await mkdtemp(join(tmpdir(), 'holdfast-runs-'));
    for (const [name, service] of await startServices()) services.set(name, service);
    services.set('controller', await startController(services, runsPath));
  });

  afterAll(async () => {
    for (const { child } of services.values()) child.kill('SIGKILL');
    await rm(runsPath, { recursive: true, force: true });
  });

  function connectController() {
    const { address } = services.get('controller')!;
    return createRemoteClient(ControllerServiceDefinition, { address, attemptsMax: 1 });
  }

  /** Ends a service as a crash does, and starts it again at its address after a while. */
  async function crash(name: string, downMs: number): Promise<void> {
    const { child, exited, address } = services.get(name)!;
    child.kill('SIGKILL');
    await exited;
    await new Promise((resolve) => setTimeout(resolve, downMs));
    const [, port = ''] = address.split(':');
    services.set(name, await startService(name, { LISTEN_PORT: port }));
  }

  const toRequest = ({ folder, yaml }: SmallPlan) => ({
    requestId: randomUUID(),
    planYaml: yaml,
    planName: 'plan.yaml',
    baseUri: pathToFileURL(folder).href,
    runUri: pathToFileURL(join(folder, 'run')).href,
  });

  it.each(['encoder', 'constraint', 'optimizer', 'evaluator', 'controller'])(
    'the %s is healthy and has metrics',
    async (name) => {
      const { address, metricsPort } = services.get(name)!;
      const { client, close } = createRemoteClient(HealthDefinition, { address });
      const { status } = await client.check({});
      expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
      close();
      const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      expect(await metrics.text()).toMatch(/^grpc_server_handled_total\{.*Health/m);
    },
  );

  it('run a plan to its verdict, though the evaluator crashes on the way', async () => {
    const plan = await createSmallPlan({ training: { steps: 2 } });
    const { client, close } = connectController();
    const { runId, runUri } = await client.submitRun(toRequest(plan));
    const seen: WatchRunResponse[] = [];
    let crashed: Promise<void> | undefined;
    for await (const response of client.watchRun({ runId })) {
      seen.push(response);
      if (response.event?.$case === 'stepApplied') crashed ??= crash('evaluator', 1500);
    }
    await crashed;
    const { run } = await client.getRun({ runId });
    expect(seen.at(-1)?.event).toEqual({ $case: 'ended', value: { run } });
    const applied = seen.flatMap(({ event }) =>
      event?.$case === 'stepApplied' ? event.value : [],
    );
    expect(await client.listSteps({ runId })).toEqual({ steps: applied, hasMore: false });
    const second = await client.listSteps({ runId, firstStep: 1, pageSize: 1 });
    expect(second.steps).toEqual(applied.slice(1));
    // Progress that is over is not kept.
    const news = seen.filter(({ event }) => event?.$case !== 'progressed');
    const missed: WatchRunResponse[] = [];
    const after = { runId, afterSequence: news[2]!.sequence };
    for await (const response of client.watchRun(after)) missed.push(response);
    expect(missed.filter(({ event }) => event?.$case !== 'progressed')).toEqual(news.slice(3));
    await expectFiles(client, runId, fileURLToPath(runUri));
    close();
    expect(run?.failure).toBeUndefined();
    expect(run?.state).toBe(RunState.RUN_STATE_COMPLETED);
    expect(JSON.parse(await readFile(new URL(`${runUri}/verdict.json`), 'utf8'))).toMatchObject({
      schema: 'holdfast.verdict/1',
    });
  });

  it('let another controller go on with the run of one that was killed before its first checkpoint', async () => {
    const { child, exited } = services.get('controller')!;
    const { client, close } = connectController();
    const plan = await createSmallPlan({ selection: { everySteps: 6 } });
    const { runId, runUri } = await client.submitRun({
      ...toRequest(plan),
      runUri: undefined,
    });
    const killed = waitForEnd(client, runId, (event) => {
      if (event.$case === 'stepApplied' && event.value.step === 2) child.kill('SIGKILL');
    });
    await expect(killed).rejects.toMatchObject({ kind: 'unavailable' });
    close();
    await exited;
    services.delete('controller');
    services.set('controller', await startController(services, runsPath));
    const next = connectController();
    const { run: found } = await next.client.getRun({ runId });
    expect(found).toMatchObject({ state: RunState.RUN_STATE_INTERRUPTED, failure: undefined });
    const { pages, all } = await pageRuns(next.client);
    expect(pages).toEqual(all.map((listed) => [listed]));
    expect(all.at(0)).toBe(runId);
    const refused = next.client.listRuns({ pageToken: 'x' });
    await expect(refused).rejects.toMatchObject({ violations: [{ field: 'page_token' }] });
    await next.client.resumeRun({ runUri });
    const run = await waitForEnd(next.client, runId);
    next.close();
    expect(run.failure).toBeUndefined();
    expect(await readdir(new URL(`${runUri}/checkpoints`))).toEqual(['step-0000006']);
  });

  it('save what they do and end with 0 on SIGTERM', async () => {
    const { child, exited } = services.get('controller')!;
    const { client, close } = connectController();
    const { runId, runUri } = await client.submitRun(toRequest(await createSmallPlan()));
    const run = await waitForEnd(client, runId, (event) => {
      if (event.$case === 'stepApplied' && event.value.step === 0) child.kill('SIGTERM');
    });
    close();
    expect(run.state).toBe(RunState.RUN_STATE_INTERRUPTED);
    expect(await exited).toBe(0);
    const journal = await readFile(new URL(`${runUri}/journal.jsonl`), 'utf8');
    expect(journal).toMatch(
      /"run.stopped",.*"state":"interrupted",.*"stopped after \d of 6 steps; everything is saved"/,
    );
    services.delete('controller');
    for (const [name, service] of services) {
      service.child.kill('SIGTERM');
      expect(await service.exited, name).toBe(0);
    }
  });
});
