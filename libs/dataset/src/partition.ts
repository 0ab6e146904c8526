import type { Role } from './sample.js';

/** The parts of the data that may share neither groups nor images. */
export type Partition = 'training' | 'steering' | 'validation' | 'test';

const partitionOfRole: Readonly<Record<Role, Partition | undefined>> = {
  base: undefined,
  target: 'training',
  negative: 'training',
  protected: 'training',
  steering: 'steering',
  validation: 'validation',
  test: 'test',
};

/** The parts that an image's roles put it in; more than one is a mistake. */
export function listPartitions(roles: readonly Role[]): Partition[] {
  const partitions = roles.map((role) => partitionOfRole[role]);
  return [...new Set(partitions.filter((partition) => partition !== undefined))];
}
