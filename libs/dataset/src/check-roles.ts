import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { LoadPurpose } from './load-settings.js';
import { listPartitions } from './partition.js';
import { createProblems } from './problems.js';
import type { Role } from './sample.js';

/**
 * Checks that no image has roles that exclude each other and, where a model is to be trained, that every class of the run has
 * the images it needs: each target positives, each protected class images to train, and all of them
 * images to judge and, where any image steers, to steer.
 *
 * @throws Fault `invalid` that names the rows, or the classes, that do not fit.
 */
export function checkRoles(
  entries: readonly Entry[],
  labels: LabelPlan,
  purpose: LoadPurpose,
): void {
  checkRows(entries, labels);
  if (purpose === 'train') checkClasses(entries, labels);
}

function checkRows(entries: readonly Entry[], { targets }: LabelPlan): void {
  const problems = createProblems();
  for (const { place, label, roles } of entries) {
    if (roles.includes('negative') && targets.has(label)) {
      const what = targets.size === 1 ? 'the target' : 'a target';
      problems.add(place, `has the role negative, but "${label}" is ${what}`);
    }
    const partitions = listPartitions(roles);
    if (partitions.length > 1) {
      problems.add(place, `is in ${partitions.join(' and ')}; an image has one use`);
    }
  }
  problems.throwIfAny('roles that do not fit');
}

function checkClasses(entries: readonly Entry[], labels: LabelPlan): void {
  const problems = createProblems();
  const counts = countImages(entries);
  const need = (label: string, role: Role, why: string) => {
    if (counts.get(`${role} ${label}`) !== undefined) return;
    problems.add(label, `has no image with the role ${role}, ${why}`);
  };
  const steers = entries.some((entry) => entry.roles.includes('steering'));
  for (const label of labels.targets) need(label, 'target', 'so there is nothing to learn from');
  const unheld = 'so nothing would protect it; constrain: false has it judged alone';
  for (const label of labels.whole) need(label, 'protected', unheld);
  for (const label of [...labels.targets, ...labels.whole]) {
    need(label, 'validation', 'so the gate cannot judge it');
    if (steers) need(label, 'steering', 'but other classes have');
  }
  for (const label of labels.negatives ?? []) need(label, 'negative', 'but the plan names it');
  if (!entries.some((entry) => entry.roles.includes('negative'))) {
    problems.add('negative', 'no image is a negative of the target');
  }
  problems.throwIfAny('classes that lack images');
}

function countImages(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { label, roles } of entries) {
    for (const role of roles) {
      const key = `${role} ${label}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
