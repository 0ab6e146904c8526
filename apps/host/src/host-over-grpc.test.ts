import { Policy } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostInProcess } from './host-in-process.js';
import { hostOverGrpc } from './host-over-grpc.js';
import type { HostedServices } from './hosted-services.js';

let hosts: HostedServices[];

beforeAll(async () => {
  hosts = [await hostInProcess({ threads: 1, imageWorkers: 0 }), await hostOverGrpc()];
});

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
});

it('hosts services whose engines compute in the same way, in one process and over gRPC', async () => {
  const [here, there] = await Promise.all(
    hosts.map(async ({ encoder }) => {
      const { engineId: _, ...info } = await encoder.getInfo({});
      return info;
    }),
  );
  expect(there).toEqual(here);
});

it('gives encoder and optimizer one engine in one process, and one each over gRPC', async () => {
  const shared = await Promise.all(
    hosts.map(async ({ encoder, optimizer }) => {
      const [first, second] = await Promise.all([encoder.getInfo({}), optimizer.getInfo({})]);
      return first.engineId === second.engineId;
    }),
  );
  expect(shared).toEqual([true, false]);
});

it('hosts an evaluator that refuses the same request with the same words', async () => {
  const request = { tasks: [], level: 0.05, policy: Policy.POLICY_EVIDENCE, claims: [] };
  const [here, there] = await Promise.all(
    hosts.map(({ evaluator }) => evaluator.gate(request).catch(({ message }: Error) => message)),
  );
  expect(here).toBeTypeOf('string');
  expect(there).toBe(here);
});
