import {
  type ConstraintServiceClient,
  ConstraintServiceDefinition,
  type ConstraintSettings,
  Drive,
  Penalty,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix } from '@holdfast/run-kit';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { createConstraintService } from '../create-constraint-service.js';

/** A client of a service of its own. */
export function createClient(runsMax = 3): ConstraintServiceClient {
  return createInProcessClient(ConstraintServiceDefinition, createConstraintService({ runsMax }));
}

/** Unit rows that differ by `seed`. */
export function createEmbeddings(rows: number, seed: number, columns = 4): Matrix {
  const matrix = createMatrix(rows, columns);
  for (let i = 0; i < rows; i += 1) {
    const row = Float64Array.from({ length: columns }, (_, j) =>
      Math.sin(1 + 12.9898 * (i + 1) + 78.233 * (j + 1) + 37.719 * seed),
    );
    const norm = Math.hypot(...row);
    matrix.data.set(
      row.map((x) => x / norm),
      i * columns,
    );
  }
  return matrix;
}

export const settings: ConstraintSettings = {
  penalty: Penalty.PENALTY_SQUARED_HINGE,
  drive: Drive.DRIVE_LOSS,
  penaltyCoefficient: 5,
  smoothingWidth: 0.1,
  movingAverage: 0.8,
  temperature: 0.1,
  penaltyRampSteps: 0,
  multipliers: { initial: 1, rate: 0.5, standardErrors: 1, minimum: 0.01, maximum: 20 },
};

/** Opens a run of two tasks over three classes. */
export async function openRun(
  client: ConstraintServiceClient,
  changes: Partial<ConstraintSettings> = {},
  runId = 'run',
): Promise<void> {
  await client.openRun({
    runId,
    settings: { ...settings, ...changes },
    tasks: [
      { name: 'bus', classes: [0, 1, 2], requiredSlack: 0, allowedFlipRate: 0.01 },
      { name: 'truck', classes: [2, 0], requiredSlack: 0.1, allowedFlipRate: 0 },
    ],
  });
}

/** Six images of the two tasks, and the classes, as a model `seed` embeds them. */
export function createBatch(seed: number) {
  return {
    tasks: [
      { task: 0, rows: [0, 1, 2], labels: [0, 1, 1], samples: [10, 11, 12] },
      { task: 1, rows: [5, 3], labels: [1, 0], samples: [25, 23] },
    ],
    imageEmbeddings: fromMatrix(createEmbeddings(6, seed)),
    classEmbeddings: fromMatrix(createEmbeddings(3, seed + 100)),
  };
}

/** Opens a run and records the reference model 1. */
export async function startRun(
  changes: Partial<ConstraintSettings> = {},
  client = createClient(),
): Promise<ConstraintServiceClient> {
  await openRun(client, changes);
  await client.recordReference({ runId: 'run', ...createBatch(1), complete: true });
  return client;
}
