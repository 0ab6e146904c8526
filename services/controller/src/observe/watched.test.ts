import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import { ControllerServiceDefinition } from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient } from '@holdfast/service-kit';
import { checkMetrics, hasPromtool } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uriOf, waitForEnd } from '../test-support/host.js';
import { readMonitoring } from '../test-support/read-monitoring.js';
import {
  type ServiceProcess,
  startController,
  startServices,
} from '../test-support/service-process.js';
import { createSmallPlan, type SmallPlan } from '../test-support/small-run.js';

/** Enough to be asked in between. */
const steps = 18;

/** The value of the first sample whose line begins so; NaN where there is none. */
function readMetric(exposition: string, start: string): number {
  const line = exposition.split('\n').find((sample) => sample.startsWith(start));
  return Number(line?.split(' ').at(-1));
}

describe('five services that are watched while they run a plan', () => {
  let services: ReadonlyMap<string, ServiceProcess>;
  let controller: ServiceProcess;
  let plan: SmallPlan;
  let runsPath: string;
  let runId: string;
  /** What the controller's metrics say while a step was taken. */
  let during: string;

  const get = async (service: ServiceProcess, path: string) => {
    const response = await fetch(`http://127.0.0.1:${service.metricsPort}${path}`);
    return { status: response.status, text: await response.text() };
  };

  beforeAll(async () => {
    runsPath = await mkdtemp(join(tmpdir(), 'holdfast-runs-'));
    plan = await createSmallPlan({ training: { steps }, selection: { everySteps: 6 } });
    services = await startServices();
    controller = await startController(services, runsPath);
    const { client, close } = createRemoteClient(ControllerServiceDefinition, controller);
    const request = {
      requestId: randomUUID(),
      planYaml: plan.yaml,
      planName: 'plan.yaml',
      baseUri: uriOf(plan.folder),
    };
    runId = (await client.submitRun(request)).runId;
    let scraped = Promise.resolve('');
    // The first answer may come after the last step of a machine that does much else.
    await waitForEnd(client, runId, ({ $case }) => {
      if ($case !== 'stepApplied') return;
      scraped = scraped.then(async (text) =>
        text.includes('state="training"') ? text : (await get(controller, '/metrics')).text,
      );
    });
    during = await scraped;
    close();
  });
  afterAll(async () => {
    for (const { child } of [...(services?.values() ?? []), controller]) child?.kill('SIGKILL');
    await rm(runsPath, { recursive: true, force: true });
    await rm(plan.folder, { recursive: true, force: true });
  });

  it('say how the run and its constraints are, and forget it when it has ended', async () => {
    const run = `{run_id="${runId}",`;
    expect(readMetric(during, `holdfast_run_state${run}state="training"}`)).toBe(1);
    expect(
      readMetric(during, `holdfast_constraint_value${run}task="speed limit 30"}`),
    ).not.toBeNaN();
    const { text: after } = await get(controller, '/metrics');
    expect(after.split('\n').filter((line) => line.includes(runId))).toEqual([]);
    expect(readMetric(after, 'holdfast_runs_ended_total{state="completed"}')).toBe(1);
    const verdicts = after.match(/^holdfast_verdicts_total\{.*\} 1$/gm);
    expect(verdicts).toHaveLength(1);
    for (const phase of ['encode', 'estimate', 'backpropagate', 'update', 'share']) {
      expect(readMetric(after, `holdfast_step_seconds_count{phase="${phase}"}`), phase).toBe(steps);
    }
    const { address } = services.get('encoder')!;
    const images = `holdfast_replica_images_total{replica="${address}"}`;
    expect(readMetric(after, images)).toBeGreaterThan(0);
  });

  it('count what they send one another, the same on both sides', async () => {
    const { text: here } = await get(controller, '/metrics');
    const { text: there } = await get(services.get('optimizer')!, '/metrics');
    const labels = 'grpc_service="holdfast.optimizer.v1.OptimizerService",grpc_method="Step"';
    const sent = `holdfast_wire_bytes_total{side="client",direction="sent",${labels}}`;
    const received = `holdfast_wire_bytes_total{side="server",direction="received",${labels}}`;
    expect(readMetric(here, sent)).toBeGreaterThan(0);
    expect(readMetric(there, received)).toBe(readMetric(here, sent));
    const { text: encoder } = await get(services.get('encoder')!, '/metrics');
    const batches = 'holdfast_batch_items_count{kind="images",use="training"}';
    expect(readMetric(encoder, batches)).toBe(steps);
  });

  it.runIf(hasPromtool)('leave promtool nothing to say', async () => {
    expect(checkMetrics(during)).toBe('');
    for (const [name, service] of [...services, ['controller', controller] as const]) {
      const { text } = await get(service, '/metrics');
      expect(readMetric(text, 'nodejs_eventloop_lag_seconds'), name).not.toBeNaN();
      expect(checkMetrics(text), name).toBe('');
    }
  });

  it('have every metric that the page on monitoring, an alert or the dashboard names, and no other of their own', async () => {
    const served = [during];
    for (const service of [...services.values(), controller]) {
      served.push((await get(service, '/metrics')).text);
    }
    const exposed = new Set(
      served.flatMap((text) => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!)),
    );
    const { text, rules, queries } = await readMonitoring();
    const named = [
      ...[text, rules, ...queries]
        .join('\n')
        .matchAll(/\b(?:holdfast|grpc|nodejs|process)_[a-z0-9_]+/g),
    ]
      .map(([name]) => name.replace(/_(sum|count|bucket)$/, ''))
      .filter((name) => !/^grpc_(type|service|method|code)$/.test(name));
    expect(named.filter((name) => !exposed.has(name))).toEqual([]);
    const own = [...exposed].filter((name) => name.startsWith('holdfast_'));
    expect(own.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('log the life of the run with its id', () => {
    const mine = controller.log.filter((entry) => entry['runId'] === runId);
    const events = mine.map(({ event, state }) => (event === 'run.state' ? state : event));
    expect(events.filter((event) => event !== 'run.noted')).toEqual([
      'run.submitted',
      'preparing',
      'training',
      'training.completed',
      'gating',
      expect.stringMatching(/candidate.judged|run.ended/),
      ...(events.includes('candidate.judged') ? ['run.ended'] : []),
    ]);
    expect(mine.at(-1)).toMatchObject({ level: 'info', state: 'completed', step: steps });
  });

  it('are ready until one of them is gone, which the controller names', async () => {
    for (const service of [...services.values(), controller]) {
      expect(await get(service, '/readyz')).toEqual({ status: 200, text: 'ready\n' });
    }
    const { child, exited, address } = services.get('optimizer')!;
    child.kill('SIGKILL');
    await exited;
    await expect.poll(async () => (await get(controller, '/readyz')).status).toBe(503);
    const { text } = await get(controller, '/readyz');
    expect(text).toMatch(/^holdfast.controller.v1.ControllerService misses optimizer at /);
    expect(text).toContain(address);
    expect(text.trim().split('\n')).toHaveLength(1);
    expect(await get(controller, '/livez')).toEqual({ status: 200, text: 'alive\n' });
    const { client, close } = createRemoteClient(HealthDefinition, controller);
    const service = ControllerServiceDefinition.fullName;
    expect(await client.check({ service })).toEqual({ status: 2 });
    expect(await client.check({})).toEqual({ status: 1 });
    close();
  });
});
