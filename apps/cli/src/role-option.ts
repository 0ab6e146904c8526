import type { Role } from '@holdfast/dataset';
import { Option } from 'commander';

/** Roles of data that a model can be measured on. */
const roles = ['validation', 'steering', 'test'] as const satisfies readonly Role[];

export type MeasuredRole = (typeof roles)[number];

/** The option that names the part of the data to measure on. */
export function createRoleOption(): Option {
  return new Option('--role <role>', 'part of the data').choices(roles).default('validation');
}

/** Says of a look at the images that judge what it may not be used for: no ledger counts it (docs/statistics.md). */
export function noteLook(role: MeasuredRole): string[] {
  if (role !== 'validation') return [];
  return [
    'these images judge, too, and no ledger counts this look: to choose among models, look at steering images (--role steering)',
  ];
}
