import type { PlanDraft } from './schema.js';

/** Columns of a manifest in lower case, each with the values of which an image must have one. */
export type Condition = readonly (readonly [column: string, values: readonly string[]])[];

/** A protected task as a plan names it. */
export interface ProtectedEntry {
  readonly name: string;
  /** Undefined: those of the space; without one, every label of the target's space but the target. */
  readonly labels: readonly string[] | undefined;
  /** Name of a label space, where the task is a whole one. */
  readonly space: string | undefined;
  /** Each label is a task. */
  readonly each: boolean;
  /** Empty: all images of these labels. */
  readonly where: Condition;
  /** Default: the gate's. */
  readonly tolerance: number | undefined;
  readonly requiredSlack: number;
  readonly constrain: boolean;
}

type Written = NonNullable<PlanDraft['protected']>[number];

/** The protected tasks that a plan names, in its order; undefined where it names none: every label but the target is one. */
export function listProtectedEntries({
  protected: tasks,
}: Pick<PlanDraft, 'protected'>): ProtectedEntry[] | undefined {
  return tasks?.map(toProtectedEntry);
}

/** A protected task of which only the label is known. */
export function protectLabel(label: string): ProtectedEntry {
  return {
    name: label,
    labels: [label],
    space: undefined,
    each: false,
    where: [],
    tolerance: undefined,
    requiredSlack: 0,
    constrain: true,
  };
}

function toProtectedEntry(written: Written): ProtectedEntry {
  if (typeof written === 'string') return protectLabel(written);
  const { class: label, tolerance, requiredSlack, constrain } = written;
  const labels = label === undefined ? written.classes : [label];
  const where = toCondition(written.where ?? {});
  const space = written.space ?? written.each;
  const name = written.name ?? nameTask(labels?.join(' + ') ?? space, where);
  const each = written.each !== undefined;
  return { name, labels, space, each, where, tolerance, requiredSlack, constrain };
}

function toCondition(columns: Readonly<Record<string, string | readonly string[]>>): Condition {
  return Object.entries(columns).map(([column, values]) => [
    column.toLowerCase().normalize('NFC'),
    typeof values === 'string' ? [values] : values,
  ]);
}

/** `stop sign, weather=foggy & time=night|dusk` */
export function nameTask(images: string | undefined, where: Condition): string {
  const condition = where.map(([column, values]) => `${column}=${values.join('|')}`).join(' & ');
  return [images, condition].filter((part) => part).join(', ');
}
