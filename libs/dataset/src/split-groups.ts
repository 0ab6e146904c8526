import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { createRandom } from '@holdfast/random';
import { compareText } from './compare-text.js';
import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { SplitSettings } from './load-settings.js';
import type { Partition } from './partition.js';
import { createProblems } from './problems.js';

/** Groups that a class needs: one to train, one to steer, one to judge. */
const groupsMin = 3;

/**
 * Deals each class's groups to steering, validation and training. A group of several labels counts for
 * its most frequent one. The draw depends on the seed, the label and the names of its groups, so that
 * neither the order of files nor another class changes it.
 *
 * @throws Fault `invalid` that names the classes of the run that have fewer than three groups.
 */
export function splitGroups(
  entries: readonly Entry[],
  labels: LabelPlan,
  split: SplitSettings,
): Map<string, Partition> {
  if (split.steering + split.validation >= 1) {
    const sum = `${split.steering} + ${split.validation}`;
    throw new Fault('invalid', `data.split: steering and validation take ${sum}: none are left`);
  }
  const partitions = new Map<string, Partition>();
  const problems = createProblems();
  for (const [label, groups] of [...groupsByLabel(entries)].sort(([a], [b]) => compareText(a, b))) {
    const isUsed = label === labels.target || labels.protected.has(label);
    if (isUsed && groups.length < groupsMin) {
      problems.add(
        label,
        `has ${groups.length === 1 ? '1 group' : `${groups.length} groups`} of images; it needs ${groupsMin}, to train, to steer and to judge`,
      );
    }
    deal(label, groups, split, partitions);
  }
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
  { steering, validation, seed }: SplitSettings,
  partitions: Map<string, Partition>,
): void {
  const shuffled = [...groups].sort(compareText);
  createRandom(seed, Number.parseInt(sha256(label).slice(0, 8), 16)).shuffle(shuffled);
  const share = (part: number) => Math.max(1, Math.round(part * groups.length));
  // At least one group is left for training.
  const steeringEnd = Math.min(share(steering), Math.max(1, groups.length - 2));
  const validationEnd = Math.min(steeringEnd + share(validation), Math.max(2, groups.length - 1));
  shuffled.forEach((group, i) => {
    const judged = i < validationEnd ? 'validation' : 'training';
    partitions.set(group, i < steeringEnd ? 'steering' : judged);
  });
}
