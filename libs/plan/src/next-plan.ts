import { editPlan, type PlanEdit } from './edit-plan.js';
import { parsePlan } from './parse-plan.js';
import { listProtectedEntries } from './protected-entries.js';
import type { PlanDraft } from './schema.js';

/** What another round on a released model is about. */
export interface NextRound {
  /** The released model, as the plan is to name it. */
  readonly model: string;
  /** The label to improve next. */
  readonly target: string;
  /** The model that the first round started from, as the plan is to name it; one that the plan names already stays. */
  readonly firstModel: string;
  /** Absent: the plan's own. */
  readonly manifest?: string | undefined;
}

/**
 * The plan of the next round as text. It starts from the released model, improves another label, protects the last one where it
 * lists what it protects, and is held against the first model, too. All else, comments included, stays as it is written.
 *
 * @param yaml the last round's plan, a good one
 * @returns the text, and what of the last plan is not in it
 */
export function nextPlan(
  yaml: string,
  next: NextRound,
): { readonly text: string; readonly notes: readonly string[] } {
  const last = parsePlan(yaml, 'the last plan');
  const target = next.target.normalize('NFC');
  const { edits, notes } = protectNext(last, target);
  const set = (path: string[], value: string | undefined): PlanEdit[] =>
    value === undefined ? [] : [{ path, value }];
  const text = editPlan(yaml, [
    { path: ['model'], value: next.model },
    { path: ['target', 'class'], value: next.target },
    { path: ['target', 'negatives'] },
    ...set(['data', 'manifest'], next.manifest),
    ...edits,
    ...set(
      ['gate', 'firstModel'],
      last.gate.firstModel === undefined ? next.firstModel : undefined,
    ),
  ]);
  const { negatives } = last.target;
  const dropped = `target.negatives is left out (it named ${negatives?.join(', ')}): every protected label is a negative`;
  return { text, notes: negatives === undefined ? notes : [dropped, ...notes] };
}

/** The last target is protected now, and the new one is not any more. */
function protectNext(plan: PlanDraft, target: string) {
  const edits: PlanEdit[] = [];
  const notes: string[] = [];
  const entries = listProtectedEntries(plan);
  if (entries === undefined) return { edits, notes };
  let removed = 0;
  for (const [index, { name, labels = [], where }] of entries.entries()) {
    if (!labels.includes(target)) continue;
    const path = ['protected', index - removed];
    if (labels.length > 1) {
      edits.push({ path: [...path, 'classes', labels.indexOf(target)] });
      notes.push(`${target} is no part of the protected task ${name} any more`);
      continue;
    }
    edits.push({ path });
    removed += 1;
    if (where.length > 0) {
      notes.push(`${name} is protected no more: a plan cannot protect a slice of its own target`);
    }
  }
  const last = plan.target.class;
  if (last !== target) {
    edits.push({ path: ['protected', entries.length - removed], value: last });
  }
  return { edits, notes };
}
