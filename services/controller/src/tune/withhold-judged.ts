import type { Dataset, Role } from '@holdfast/dataset';

/** Roles that a trial of tuning may see. */
const seenRoles: readonly Role[] = ['target', 'negative', 'protected', 'steering'];

/**
 * The data set without what judges: only images that train or steer are left, with no other role, and their
 * indices count from 0. Whatever a trial computes, no number of it comes from a validation or test image.
 */
export function withholdJudged(dataset: Dataset): Dataset {
  const samples = dataset.samples
    .map((sample) => ({
      ...sample,
      roles: sample.roles.filter((role) => seenRoles.includes(role)),
    }))
    .filter(({ roles }) => roles.length > 0)
    .map((sample, index) => ({ ...sample, index }));
  return { ...dataset, samples };
}
