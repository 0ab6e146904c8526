import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { Partition } from './partition.js';
import { type Role, roleNames } from './sample.js';

/** Gives every entry the roles that its part of the split and its label ask for. */
export function assignSplitRoles(
  entries: readonly Entry[],
  partitionOf: (entry: Entry) => Partition | undefined,
  labels: LabelPlan,
): Entry[] {
  const rolesOf = (entry: Entry): Role[] => {
    const { label } = entry;
    const partition = partitionOf(entry);
    if (partition !== 'training') return partition === undefined ? [] : [partition];
    if (labels.targets.has(label)) return ['target'];
    return labels.protected.has(label) ? ['protected'] : [];
  };
  return assignNegatives(
    entries.map((entry) => ({ ...entry, roles: rolesOf(entry) })),
    labels,
    (entry) => partitionOf(entry) === 'training',
  );
}

/**
 * What a training image is follows from the plan's targets: an image of another label that a manifest calls a target is a
 * protected one, and one of a target's label that it calls protected is a target. So one manifest serves a plan after another.
 */
export function turnTrainingRoles(
  entries: readonly Entry[],
  { targets }: LabelPlan,
): readonly Entry[] {
  return entries.map((entry) => {
    const [role, other] = targets.has(entry.label)
      ? (['target', 'protected'] as const)
      : (['protected', 'target'] as const);
    if (!entry.roles.includes(other)) return entry;
    const others = entry.roles.filter((each) => each !== other && each !== role);
    return { ...entry, roles: sortRoles([...others, role]) };
  });
}

/**
 * Marks the negatives. Labels that the plan names win; else what the manifest marks; else the
 * training images of the contrasted labels.
 *
 * @param canTrain whether an entry without a role may become a negative
 */
export function assignNegatives(
  entries: readonly Entry[],
  { negatives, contrasted }: LabelPlan,
  canTrain: (entry: Entry) => boolean = () => false,
): Entry[] {
  const isMarked = entries.some((entry) => entry.roles.includes('negative'));
  if (negatives === undefined && isMarked) return [...entries];
  const chosen = negatives ?? contrasted;
  return entries.map((entry) => {
    const others = entry.roles.filter((role) => role !== 'negative');
    const trains =
      canTrain(entry) || entry.roles.includes('protected') || entry.roles.includes('negative');
    const isNegative = trains && chosen.has(entry.label);
    return { ...entry, roles: isNegative ? sortRoles([...others, 'negative']) : others };
  });
}

function sortRoles(roles: readonly Role[]): Role[] {
  return roleNames.filter((role) => roles.includes(role));
}
