import { createHash } from 'node:crypto';
import { Policy } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { DataType } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermKind } from '@holdfast/proto/holdfast/term/v1/term';
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

it('evaluates a module with the same bits', async () => {
  const source = Buffer.from(
    'export default { estimate: (tf, { images }, { scale }) => images.square().mean().mul(scale) };',
  );
  const [here, there] = await Promise.all(
    hosts.map(async ({ terms }) => {
      const term = { runId: 'run', name: 'square.mjs' };
      await terms.openTerm({
        ...term,
        kind: TermKind.TERM_KIND_OBJECTIVE,
        source,
        temperature: 0.1,
        sourceSha256: createHash('sha256').update(source).digest('hex'),
        options: { scale: 3 },
        sizes: { images: 2, texts: 1, columns: 2 },
        timeLimit: { seconds: 20n, nanos: 0 },
      });
      const matrix = (rows: number) => ({
        dataType: DataType.DATA_TYPE_FLOAT32,
        shape: [rows, 2],
        data: Buffer.from(Float32Array.from({ length: rows * 2 }, (_, i) => 0.1 * i).buffer),
      });
      const value = {
        imageEmbeddings: matrix(2),
        textEmbeddings: matrix(1),
        captions: [0, 0],
        positives: [true, false],
      };
      return terms.evaluate({ ...term, step: 0, batch: { $case: 'objective', value } });
    }),
  );
  expect(here!.value).toBeCloseTo((3 * (0.01 + 0.04 + 0.09)) / 4, 6);
  expect({ ...there, imageGradients: undefined }).toEqual({ ...here, imageGradients: undefined });
  const bytes = (response: typeof here) =>
    Buffer.from(response!.imageGradients!.data).toString('hex');
  expect(bytes(there)).toBe(bytes(here));
});
