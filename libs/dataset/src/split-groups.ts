import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { createRandom } from '@holdfast/random';
import { compareText } from './compare-text.js';
import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { LoadPurpose, SplitSettings } from './load-settings.js';
import type { Partition } from './partition.js';
import { createProblems } from './problems.js';

/** How groups are dealt. */
export interface DealSettings extends SplitSettings {
  /** Whether a part is left to train on; else all of the groups steer and judge. */
  readonly trains: boolean;
  /** Data that only judge may lack groups to train on and to steer with. */
  readonly purpose: LoadPurpose;
}

/**
 * Deals each class's groups to steering, validation and, where some are to train on, training. A group of
 * several labels counts for its most frequent one. The draw depends on the seed, the label and the names
 * of its groups, so that neither the order of files nor another class changes it. Classes that have fewer groups
 * than there are parts, and need none of each, such as captions of one image, are dealt as one.
 *
 * @throws Fault `invalid` that names the classes of a run that trains that have fewer groups than parts.
 */
export function splitGroups(
  entries: readonly Entry[],
  labels: LabelPlan,
  settings: DealSettings,
): Map<string, Partition> {
  const { steering, validation, trains } = settings;
  if (trains && steering + validation >= 1) {
    const sum = `${steering} + ${validation}`;
    throw new Fault('invalid', `data.split: steering and validation take ${sum}: none are left`);
  }
  const partitions = new Map<string, Partition>();
  const problems = createProblems();
  const [groupsMin, uses] = trains
    ? [3, 'to train, to steer and to judge']
    : [2, 'to steer and to judge'];
  const together: string[] = [];
  for (const [label, groups] of [...groupsByLabel(entries)].sort(([a], [b]) => compareText(a, b))) {
    const isUsed = labels.targets.has(label) || labels.whole.has(label);
    if (!isUsed && groups.length < groupsMin) {
      together.push(...groups);
      continue;
    }
    if (settings.purpose === 'train' && isUsed && groups.length < groupsMin) {
      problems.add(
        label,
        `has ${groups.length === 1 ? '1 group' : `${groups.length} groups`} of images${trains ? '' : ' in the split val'}; it needs ${groupsMin}, ${uses}`,
      );
    }
    deal(label, groups, settings, partitions);
  }
  deal('', together, settings, partitions);
  problems.throwIfAny('classes with too few independent images to divide');
  return partitions;
}

function groupsByLabel(entries: readonly Entry[]): Map<string, string[]> {
  const counts = new Map<string, Map<string, number>>();
  for (const { group, label } of entries) {
    const labels = counts.get(group) ?? new Map<string, number>();
    labels.set(label, (labels.get(label) ?? 0) + 1);
    counts.set(group, labels);
  }
  const groups = new Map<string, string[]>();
  for (const [group, labels] of counts) {
    const [[label]] = [...labels].sort(([a, m], [b, n]) => n - m || compareText(a, b)) as [
      [string, number],
    ];
    const ofLabel = groups.get(label) ?? [];
    ofLabel.push(group);
    groups.set(label, ofLabel);
  }
  return groups;
}

function deal(
  label: string,
  groups: readonly string[],
  { steering, validation, seed, trains, purpose }: DealSettings,
  partitions: Map<string, Partition>,
): void {
  const shuffled = [...groups].sort(compareText);
  createRandom(seed, Number.parseInt(sha256(label).slice(0, 8), 16)).shuffle(shuffled);
  const whole = trains ? 1 : steering + validation;
  const share = (part: number) => Math.max(1, Math.round((part / whole) * groups.length));
  // At least one group is left for each of the other parts; where there are too few, they judge first.
  const others = trains ? 2 : 1;
  const steeringMin = purpose === 'judge' ? 0 : 1;
  const steeringEnd = Math.min(share(steering), Math.max(steeringMin, groups.length - others));
  const validationEnd = trains
    ? Math.min(steeringEnd + share(validation), Math.max(2, groups.length - 1))
    : groups.length;
  shuffled.forEach((group, i) => {
    const judged = i < validationEnd ? 'validation' : 'training';
    partitions.set(group, i < steeringEnd ? 'steering' : judged);
  });
}
