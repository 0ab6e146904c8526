import { assignNegatives, assignSplitRoles, turnTrainingRoles } from './assign-roles.js';
import { listSome } from './compare-text.js';
import { describeGivenRoles } from './describe-data.js';
import type { Entry } from './entry.js';
import { joinDuplicates } from './join-duplicates.js';
import type { LabelPlan } from './label-plan.js';
import type { LoadPurpose, SplitSettings } from './load-settings.js';
import type { Partition } from './partition.js';
import type { Row } from './row.js';
import type { Role } from './sample.js';
import type { Split } from './split.js';
import { splitGroups } from './split-groups.js';

/** Entries with their roles, and what a reader should know of how they came by them. */
export interface DividedEntries {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
}

/** What says which image is for what: roles of the manifest, its split, or nothing. */
export type Division = 'roles' | 'split' | 'none';

/** Roles count where any row has one, then splits. */
export function findDivision(rows: readonly Row[]): Division {
  if (rows.some(({ roles }) => roles.length > 0)) return 'roles';
  return rows.some(({ split }) => split !== undefined) ? 'split' : 'none';
}

/** Keeps the roles that the manifest names; which of target and protected a training image is, its label says. */
export function keepRoles(
  rows: readonly Row[],
  found: readonly Entry[],
  labels: LabelPlan,
  purpose: LoadPurpose,
): DividedEntries {
  const turned = turnTrainingRoles(found, labels);
  const entries = assignNegatives(turned, labels);
  const notes = describeGivenRoles(rows, entries, labels, purpose);
  return { entries, notes: [...describeTurned(found, turned), ...notes] };
}

function describeTurned(found: readonly Entry[], turned: readonly Entry[]): string[] {
  const changed = turned.filter((entry, i) => entry !== found[i]);
  const describe = (role: Role, given: Role) => {
    const images = changed.filter(({ roles }) => roles.includes(role));
    if (images.length === 0) return [];
    const names = listSome([...new Set(images.map(({ label }) => label))]);
    return [
      `with the role ${given}, which train as ${role} under this plan: ${images.length} of ${names}`,
    ];
  };
  return [...describe('target', 'protected'), ...describe('protected', 'target')];
}

/** Deals all groups, class by class, to training, steering and validation. */
export function divideAtRandom(
  found: readonly Entry[],
  labels: LabelPlan,
  settings: SplitSettings & { readonly purpose: LoadPurpose },
): DividedEntries {
  const joined = joinDuplicates(found);
  const partitions = splitGroups(joined, labels, { ...settings, trains: true });
  const entries = assignSplitRoles(joined, ({ group }) => partitions.get(group), labels);
  return { entries, notes: noteUntrained(entries) };
}

/**
 * Understands a split as roles: `train` trains, `test` is test, and the groups of `val` are dealt to steering
 * and validation. Where no row is `val`, those of `train` are dealt to all three.
 *
 * @param found entries that have a split
 */
export function divideBySplit(
  rows: readonly Row[],
  found: readonly Entry[],
  labels: LabelPlan,
  settings: SplitSettings & { readonly purpose: LoadPurpose },
): DividedEntries {
  const hasVal = found.some(({ split }) => split === 'val');
  const dealt: Split = hasVal ? 'val' : 'train';
  const own = found.filter(({ split }) => split === dealt);
  const joined = joinDuplicates(own);
  const partitions = splitGroups(joined, labels, { ...settings, trains: !hasVal });
  const partitionOf = ({ split, group }: Entry): Partition | undefined => {
    if (split === dealt) return partitions.get(group);
    return split === 'train' ? 'training' : 'test';
  };
  // Wherever a group is: one that was joined with another leaks by both names.
  const names = new Map(own.map(({ group }, i) => [group, joined[i]!.group]));
  const regrouped = found.map((entry) => ({
    ...entry,
    group: names.get(entry.group) ?? entry.group,
  }));
  const entries = assignSplitRoles(regrouped, partitionOf, labels);
  return {
    entries,
    notes: [...describeSplit(rows, entries, hasVal), ...noteUntrained(entries)],
  };
}

function describeSplit(rows: readonly Row[], entries: readonly Entry[], hasVal: boolean): string[] {
  const count = (has: (entry: Entry) => boolean) => entries.filter(has).length;
  const [train, val, test] = (['train', 'val', 'test'] as const).map((name) =>
    count(({ split }) => split === name),
  );
  const steering = count(({ roles }) => roles.includes('steering'));
  const validation = count(({ roles }) => roles.includes('validation'));
  const dealt = hasVal
    ? `the groups of val are dealt to steering (${steering} images) and validation (${validation})`
    : `no row is val, so that the groups of train are dealt to training, steering (${steering} images) and validation (${validation})`;
  const bare = rows.length - entries.length;
  return [
    `the column split is read as roles: ${train} images train, ${val} are val, ${test} are test; ${dealt}`,
    ...(bare > 0 ? [`${bare} images are in no split and not used`] : []),
  ];
}

function noteUntrained(entries: readonly Entry[]): string[] {
  const unused = entries.filter((entry) => entry.roles.length === 0).length;
  if (unused === 0) return [];
  return [`${unused} images are of classes that the plan does not train on, and not used`];
}
