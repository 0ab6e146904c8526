/**
 * What random numbers are for: the first part of a generator's stream. Task k's pool has `firstTask + k`, k below 2^20 - 5.
 */
export const stream = {
  positives: 0,
  negatives: 1,
  taskSubset: 2,
  templates: 3,
  augmentation: 4,
  firstTask: 5,
  unlabelledImages: 2 ** 20,
  unlabelledTexts: 2 ** 20 + 1,
  /** Target k's positives have `otherTargets + k`, k from 1; the first has `positives`. */
  otherTargets: 2 ** 21,
} as const;
