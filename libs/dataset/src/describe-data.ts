import { listSome } from './compare-text.js';
import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { LoadPurpose } from './load-settings.js';
import type { Row } from './row.js';

const judging = ['steering', 'validation', 'test'] as const;

/** Notes on rows that carry roles: what is left out, and what weakens the evidence. */
export function describeGivenRoles(
  rows: readonly Row[],
  entries: readonly Entry[],
  labels: LabelPlan,
  purpose: LoadPurpose,
): string[] {
  const notes: string[] = [];
  // Images that only trained the base model are where their manifest wants them.
  const onlyBase = rows.filter(({ roles }) => roles.length === 1 && roles[0] === 'base');
  const unused = rows.length - onlyBase.length - entries.length;
  if (unused === 1) notes.push('1 image has no role in this run and is not used');
  else if (unused > 0) notes.push(`${unused} images have no role in this run and are not used`);
  for (const role of judging) {
    const known = entries.filter(({ roles }) => roles.includes(role) && roles.includes('base'));
    if (known.length === 0) continue;
    notes.push(
      `${known.length} ${role} images trained the base model, which has memorised them and can only lose on them`,
    );
  }
  const steers = entries.some(({ roles }) => roles.includes('steering'));
  if (purpose === 'train' && !steers) {
    notes.push('no image has the role steering: nothing chooses among checkpoints');
  }
  const spare = entries.filter(
    ({ label, roles }) => roles.includes('protected') && !labels.protected.has(label),
  );
  if (spare.length > 0) {
    const names = listSome([...new Set(spare.map(({ label }) => label))]);
    notes.push(`${spare.length} protected images belong to classes the plan leaves out: ${names}`);
  }
  return notes;
}

/**
 * Notes on exact copies among the images.
 *
 * @param entries those that share an image are of one group
 */
export function describeCopies(entries: readonly Entry[]): string[] {
  const first = new Map<string, Entry>();
  let copies = 0;
  const groups = new Set<string>();
  const conflicting: string[] = [];
  for (const entry of entries) {
    const other = first.get(entry.sha256);
    if (other === undefined) first.set(entry.sha256, entry);
    else {
      copies += 1;
      groups.add(entry.group);
      if (other.label !== entry.label) conflicting.push(entry.relativePath);
    }
  }
  const notes: string[] = [];
  if (copies > 0) {
    notes.push(
      `${copies} images are exact copies of others in the same part, and no further evidence: with those they are ${groups.size === 1 ? '1 group' : `${groups.size} groups`}`,
    );
  }
  if (conflicting.length > 0) {
    notes.push(
      `${conflicting.length} exact copies carry another label than the first: ${listSome(conflicting)}`,
    );
  }
  return notes;
}
