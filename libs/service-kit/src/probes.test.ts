import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRemoteClient } from './create-remote-client.js';
import { createServiceDependency } from './service-dependency.js';
import { defineService, type RunningServer, startServer } from './start-server.js';
import { createEncoderFixture, tensorService } from './test-support/test-encoder.js';

const serving = 1;
const notServing = 2;
const encoderName = EncoderServiceDefinition.fullName;

/** A server whose encoder depends on what a test says. */
describe('a server that depends on something', () => {
  let failure: Error | undefined;
  let ownFailure: Error | undefined;
  let asked: number;
  let server: RunningServer;
  const open: { close(): unknown }[] = [];

  beforeEach(async () => {
    [failure, ownFailure] = [undefined, undefined];
    asked = 0;
    const check = async () => {
      asked += 1;
      if (failure !== undefined) throw failure;
    };
    server = await startServer({
      services: [
        defineService(EncoderServiceDefinition, createEncoderFixture().implementation, [
          { name: 'the disk', check },
          {
            name: 'its engine',
            isOwn: true,
            check: async () => {
              if (ownFailure !== undefined) throw ownFailure;
            },
          },
        ]),
        defineService(TensorServiceDefinition, tensorService),
      ],
      metricsPort: 0,
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const resource of open.splice(0)) await resource.close();
    await server.close();
  });

  async function probe(path: string): Promise<[number, string]> {
    const response = await fetch(`http://127.0.0.1:${server.metricsPort}${path}`);
    return [response.status, await response.text()];
  }

  /** Answers are a second old at most; the clock goes on. */
  function passTime(): void {
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 5000);
  }

  it('is alive but not ready without it, and names it', async () => {
    expect(await probe('/readyz')).toEqual([200, 'ready\n']);
    failure = new Error('it is full');
    passTime();
    expect(await probe('/readyz')).toEqual([503, `${encoderName} misses the disk: it is full\n`]);
    expect(await probe('/livez')).toEqual([200, 'alive\n']);
    expect(await probe('/healthz')).toEqual([200, 'serving\n']);
    const [, metrics] = await probe('/metrics');
    expect(metrics).toContain(`holdfast_service_ready{grpc_service="${encoderName}"} 0`);
    const other = TensorServiceDefinition.fullName;
    expect(metrics).toContain(`holdfast_service_ready{grpc_service="${other}"} 1`);
  });

  it('is not alive without a part of its own', async () => {
    expect(await probe('/livez')).toEqual([200, 'alive\n']);
    ownFailure = new Error('the thread has ended');
    expect(await probe('/livez')).toEqual([503, 'its engine: the thread has ended\n']);
    const { client, close } = createRemoteClient(HealthDefinition, { address: server.address });
    open.push({ close });
    expect(await client.check({})).toEqual({ status: notServing });
    expect(asked).toBe(0);
  });

  it('says so by the name of the service, not of the server or of others', async () => {
    failure = new Error('gone');
    const { client, close } = createRemoteClient(HealthDefinition, { address: server.address });
    open.push({ close });
    const { statuses } = await client.list({});
    expect(Object.values(statuses).map(({ status }) => status)).toEqual([
      serving,
      notServing,
      serving,
    ]);
    expect(await client.check({ service: encoderName })).toEqual({ status: notServing });
    expect(await client.check({})).toEqual({ status: serving });
  });

  it('tells who watches it by gRPC when something goes missing, and when it is back', async () => {
    const { client, close } = createRemoteClient(HealthDefinition, { address: server.address });
    open.push({ close });
    const statuses: number[] = [];
    for await (const { status } of client.watch({ service: encoderName })) {
      statuses.push(status);
      // Looked for every five seconds.
      failure = statuses.length === 1 ? new Error('gone') : undefined;
      if (statuses.length === 3) break;
    }
    expect(statuses).toEqual([serving, notServing, serving]);
  });

  it('asks once for probes that come together', async () => {
    await Promise.all([probe('/readyz'), probe('/readyz'), probe('/readyz')]);
    expect(asked).toBe(1);
  });

  it('is what another server can depend on', async () => {
    const at = { role: 'encoder', address: server.address, serviceName: encoderName };
    const dependency = createServiceDependency(at);
    open.push(dependency);
    expect(dependency.name).toBe(`encoder at ${server.address}`);
    await dependency.check();
    failure = new Error('gone');
    passTime();
    await expect(dependency.check()).rejects.toThrow(`${encoderName} does not serve there`);
  });
});

it('does not wait for a dependency that does not answer', async () => {
  const server = await startServer({
    services: [
      defineService(EncoderServiceDefinition, createEncoderFixture().implementation, [
        { name: 'its engine', check: () => new Promise(() => {}) },
      ]),
    ],
    metricsPort: 0,
  });
  const response = await fetch(`http://127.0.0.1:${server.metricsPort}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('no answer within 2 s');
  await server.close();
});
