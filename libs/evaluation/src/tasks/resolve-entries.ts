import type { ChosenLabels } from '@holdfast/dataset';
import {
  listProtectedEntries,
  listTargets,
  nameTask,
  type PlanDraft,
  type ProtectedEntry,
  protectLabel,
} from '@holdfast/plan';
import { listSpaces } from './label-spaces.js';

/** A protected task of a plan with the labels of the data that it is about. */
export interface ResolvedEntry extends Omit<ProtectedEntry, 'space' | 'each'> {
  /** Where the plan names it: `protected[2]`. */
  readonly field: string;
  /** Those that the plan names may be unknown. */
  readonly labels: readonly string[];
}

/** The protected tasks that a plan names, in its order, or every class but the targets. */
export function resolveEntries(plan: PlanDraft, classes: readonly string[]): ResolvedEntry[] {
  const targets = listTargets(plan);
  const others = classes.filter((label) => !targets.includes(label));
  const entries = listProtectedEntries(plan) ?? others.map((label) => protectLabel(label, plan));
  const spaces = listSpaces(plan, classes);
  return entries.flatMap(({ space, each, ...entry }, i): ResolvedEntry[] => {
    const known = spaces.find(({ name }) => name === space)?.classes ?? [];
    const all = known.map((index) => classes[index]!).filter((label) => !targets.includes(label));
    const labels = entry.labels ?? all;
    const field = `protected[${i}]`;
    if (!each) return [{ ...entry, field, labels }];
    return labels.map((label) => ({
      ...entry,
      field,
      name: nameTask(label, entry),
      labels: [label],
    }));
  });
}

/** The labels that a plan holds on to in training. */
export function chooseLabels(plan: PlanDraft, classes: readonly string[]): ChosenLabels {
  const held = resolveEntries(plan, classes).filter(({ constrain }) => constrain);
  const whole = held.filter(({ labels, where }) => labels.length === 1 && where.length === 0);
  const [own] = listSpaces(plan, classes);
  const contrasted = new Set(own!.classes.map((index) => classes[index]!));
  const named = unique(held.flatMap(({ labels }) => labels));
  // What must not grow is not taught as a negative either.
  const floors = new Set(held.filter(({ ceiling }) => !ceiling).flatMap(({ labels }) => labels));
  return {
    protected: named,
    whole: unique(whole.flatMap(({ labels }) => labels)),
    contrasted: named.filter((label) => contrasted.has(label) && floors.has(label)),
  };
}

function unique(labels: readonly string[]): string[] {
  return [...new Set(labels)];
}
