import { type Attack, type Corruption, formatCorruption } from '@holdfast/corruption';
import { parsePixelShare, roundUnits } from './pixel-share.js';
import type { PlanDraft } from './schema.js';
import { limitSpace, limitTrainingImages } from './training-images.js';

/** Severity of corruptions where a plan says none. */
const severityDefault = 3;

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
  /** What is done to these images, each once under each, or the attack that they are under; empty: nothing. */
  readonly corruptions: readonly Corruption[];
  /** Default: the gate's. */
  readonly tolerance: number | undefined;
  readonly requiredSlack: number;
  /** Whether training is held to it: the plan wants it, and some image of its labels may train. */
  readonly constrain: boolean;
  /** It must not grow, instead of not get worse. */
  readonly ceiling: boolean;
}

type Written = Exclude<NonNullable<PlanDraft['protected']>[number], string>;
type Tasks = Pick<PlanDraft, 'protected' | 'data' | 'spaces'>;

/** The protected tasks that a plan names, in its order; undefined where it names none: every label but the target is one. */
export function listProtectedEntries(plan: Tasks): ProtectedEntry[] | undefined {
  return plan.protected?.map((task) =>
    typeof task === 'string' ? protectLabel(task, plan) : toProtectedEntry(task, plan),
  );
}

/** A protected task of which only the label is known. */
export function protectLabel(label: string, plan: Tasks): ProtectedEntry {
  return {
    name: label,
    labels: [label],
    space: undefined,
    each: false,
    where: [],
    corruptions: [],
    tolerance: undefined,
    requiredSlack: 0,
    constrain: limitTrainingImages(plan, label) !== 0,
    ceiling: false,
  };
}

/** Whether a plan protects accuracy under an attack: engines then need gradients of pixels. */
export function attacksImages({ protected: tasks = [] }: Pick<PlanDraft, 'protected'>): boolean {
  return tasks.some((task) => typeof task !== 'string' && task.attack !== undefined);
}

function toProtectedEntry(written: Written, plan: Tasks): ProtectedEntry {
  const { class: label, tolerance, requiredSlack, ceiling } = written;
  const labels = label === undefined ? written.classes : [label];
  const where = toCondition(written.where ?? {});
  const space = written.space ?? written.each;
  const corruptions = written.attack ? [toAttack(written.attack)] : toCorruptions(written);
  const limits = labels?.map((each) => limitTrainingImages(plan, each)) ?? [
    limitSpace(plan, space),
  ];
  const constrain = written.constrain && limits.some((limit) => limit !== 0);
  const images = { labels, space, each: written.each !== undefined, where, corruptions };
  const name =
    written.name ?? nameTask(labels?.join(' + ') ?? space, { where, corruptions, ceiling });
  return { name, ...images, tolerance, requiredSlack, constrain, ceiling };
}

function toCorruptions({ corruptions = [], severity = severityDefault }: Written): Corruption[] {
  return corruptions.map((name) => ({ name, severity }));
}

/** Steps go as far as this many radii: Madry's choice. */
const radii = 2.5;

/** The attack that a plan names, with its step size. */
export function toAttack({ pgd }: NonNullable<Written['attack']>): Attack {
  const { epsilon: share, stepSize, steps, start } = pgd;
  const epsilon = parsePixelShare(share);
  const chosen = stepSize === undefined ? (radii * epsilon) / steps : parsePixelShare(stepSize);
  // No pixel can move further than from 0 to 255.
  return { name: 'pgd', epsilon, stepSize: Math.min(roundUnits(chosen), 255), steps, start };
}

function toCondition(columns: Readonly<Record<string, string | readonly string[]>>): Condition {
  return Object.entries(columns).map(([column, values]) => [
    column.toLowerCase().normalize('NFC'),
    typeof values === 'string' ? [values] : values,
  ]);
}

/**
 * `stop sign, weather=foggy & time=night|dusk`; `stop sign, fog 3 | contrast 3`; of a ceiling with ` (ceiling)`, so that it is
 * one wherever it is named.
 */
export function nameTask(
  images: string | undefined,
  { where, corruptions, ceiling }: Pick<ProtectedEntry, 'where' | 'corruptions' | 'ceiling'>,
): string {
  const condition = where.map(([column, values]) => `${column}=${values.join('|')}`).join(' & ');
  const done = corruptions.map(formatCorruption).join(' | ');
  const name = [images, condition, done].filter((part) => part).join(', ');
  return ceiling ? `${name} (ceiling)` : name;
}
