import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fromUri, removeStored } from '@holdfast/artifacts';
import { createLocalEngine } from '@holdfast/engine';
import {
  Objective,
  type OptimizerServiceClient,
  OptimizerServiceDefinition,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { createInProcessClient } from '@holdfast/service-kit';
import { hasS3Server, type S3Server, startS3Server } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOptimizerService } from './create-optimizer-service.js';

const modelPath = fileURLToPath(
  new URL('../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);
const runId = 'run';

describe.skipIf(!hasS3Server)('checkpoints in an object store', () => {
  let server: S3Server;
  let client: OptimizerServiceClient;
  /** Does what a process of this machine, or of another one, does in its environment. */
  const as = async <T>(machine: string, work: () => Promise<T>): Promise<T> => {
    for (const [name, value] of Object.entries(server.environment(machine)))
      vi.stubEnv(name, value);
    return work();
  };
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('runs');
    const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 28 });
    await as('here', async () => {
      const roots = [fromUri('s3://runs'), modelPath];
      const service = createOptimizerService({ engine, roots });
      client = createInProcessClient(OptimizerServiceDefinition, service);
      await client.openRun({
        runId,
        modelUri: pathToFileURL(modelPath).href,
        objective: {
          objective: Objective.OBJECTIVE_TARGET,
          temperature: 0.05,
          movingAverage: 0.8,
          epsilon: 2 ** -23,
        },
        adamw: {
          learningRate: 1e-3,
          weightDecay: 0.1,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          totalSteps: 10,
        },
      });
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });

  it('have no copy here once another machine has removed them', async () => {
    const uriOf = (step: number) => `s3://runs/run/checkpoints/step-${step}/optimizer`;
    const write = (step: number) =>
      as('here', () => client.checkpoint({ runId, checkpointUri: uriOf(step) }));
    const isHere = (step: number) =>
      as('here', async () => existsSync(`${fromUri(uriOf(step))}/parameters.safetensors`));
    for (const step of [1, 2]) await write(step);
    await as('there', () => removeStored(dirname(fromUri(uriOf(1)))));
    expect(await isHere(1)).toBe(true);
    await write(3);
    expect([await isHere(1), await isHere(2), await isHere(3)]).toEqual([false, true, true]);
    // One that is read is the store's.
    await as('there', () => removeStored(dirname(fromUri(uriOf(2)))));
    await expect(
      as('here', () => client.restore({ runId, checkpointUri: uriOf(2) })),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });
});
