/**
 * What random numbers are for: the first part of a generator's stream. Task k's pool has `firstTask + k`.
 */
export const stream = {
  positives: 0,
  negatives: 1,
  taskSubset: 2,
  templates: 3,
  augmentation: 4,
  firstTask: 5,
} as const;
