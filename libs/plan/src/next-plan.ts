import { isAttack } from '@holdfast/corruption';
import { editPlan, type PlanEdit } from './edit-plan.js';
import { listTargets } from './list-targets.js';
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
 * The plan of the next round as text. It starts from the released model, improves another label, protects the last ones where it
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
  const held = listProtectedEntries(last)?.some(({ ceiling }) => ceiling) ? ' but ceilings' : '';
  const dropped = `target.negatives is left out (it named ${negatives?.join(', ')}): every protected label${held} is a negative`;
  return { text, notes: negatives === undefined ? notes : [dropped, ...notes] };
}

/** The last targets are protected now, and the new one is not any more. */
function protectNext(plan: PlanDraft, target: string) {
  const edits: PlanEdit[] = [];
  const notes: string[] = [];
  const entries = listProtectedEntries(plan);
  if (entries === undefined) return { edits, notes };
  let removed = 0;
  for (const [index, { name, labels = [], where, corruptions, ceiling }] of entries.entries()) {
    if (!labels.includes(target)) continue;
    const path = ['protected', index - removed];
    if (labels.length > 1) {
      edits.push({ path: [...path, 'classes', labels.indexOf(target)] });
      notes.push(`${target} is no part of the protected task ${name} any more`);
      continue;
    }
    edits.push({ path });
    removed += 1;
    if (ceiling) {
      notes.push(`${name} is held no more: what a plan improves cannot be a ceiling of it`);
    } else if (where.length + corruptions.length > 0) {
      const done = corruptions.some(isAttack) ? 'attacked images' : 'corrupted images';
      const part = where.length > 0 ? 'a slice' : done;
      notes.push(`${name} is protected no more: a plan cannot protect ${part} of its own target`);
    }
  }
  const left = entries.length - removed;
  const improved = listTargets(plan).filter((label) => label !== target);
  edits.push(...improved.map((value, i) => ({ path: ['protected', left + i], value })));
  return { edits, notes };
}
