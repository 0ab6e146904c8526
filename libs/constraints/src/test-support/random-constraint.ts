import { drawUnitRows } from '@holdfast/tensor';
import type { ConstrainedTask } from '../constrained-task.js';
import type { ConstraintSettings } from '../constraint-settings.js';
import type { ConstraintBatch } from '../task-batch.js';

/** Three tasks over seven classes: the whole label space, a part of it in another order, and a pair. */
export const tasks: readonly ConstrainedTask[] = [
  { name: 'all', classes: [0, 1, 2, 3, 4, 5, 6], requiredSlack: 0, allowedFlipRate: 0.01 },
  { name: 'night', classes: [4, 2, 0, 6, 1], requiredSlack: 0.1, allowedFlipRate: 0.02 },
  { name: 'pair', classes: [5, 3], requiredSlack: -0.05, allowedFlipRate: 0 },
];

export const settings: ConstraintSettings = {
  penalty: 'fixed',
  drive: 'loss',
  penaltyCoefficient: 3,
  penaltyRampSteps: 0,
  smoothingWidth: 0.1,
  movingAverage: 0.8,
  temperature: 0.2,
  dualPeriodSteps: 1,
  multipliers: { initial: 1, rate: 0.5, standardErrors: 1, minimum: 0.01, maximum: 20 },
};

/** Nine images; tasks 0 and 2 share one, and one belongs to none. */
export function randomBatch(seed: number): ConstraintBatch {
  return {
    imageEmbeddings: drawUnitRows(9, 6, seed),
    classEmbeddings: drawUnitRows(7, 6, seed + 1),
    tasks: [
      { task: 2, rows: [7, 0], labels: [1, 0], samples: [70, 10] },
      { task: 0, rows: [0, 1, 2, 3], labels: [5, 1, 6, 0], samples: [10, 11, 12, 13] },
      { task: 1, rows: [5, 4, 6], labels: [2, 0, 4], samples: [15, 14, 16] },
    ],
  };
}
