import { readPlanDocument } from './plan-document.js';
import { type PlanDraft, planSchema } from './schema.js';

/** Fields of a section that act with some choices alone. */
interface Rule {
  readonly section: 'objective' | 'constraints' | 'heads';
  readonly fields: readonly string[];
  readonly acts: (plan: PlanDraft) => boolean;
  /** With what they act, or what takes their place. */
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    section: 'objective',
    fields: ['excludeSameCaption'],
    acts: ({ objective }) => objective.kind !== 'target' || objective.module !== undefined,
    why: 'belongs to objective.kind: joint or weighted',
  },
  {
    section: 'constraints',
    fields: ['smoothingWidth'],
    acts: ({ constraints }) => constraints.penalty === 'smoothedHinge',
    why: 'belongs to constraints.penalty: smoothedHinge',
  },
  {
    section: 'constraints',
    fields: ['dualStep', 'dualPeriodSteps'],
    acts: ({ constraints }) => constraints.penalty === 'augmentedLagrangian',
    why: 'belongs to constraints.penalty: augmentedLagrangian',
  },
  {
    section: 'constraints',
    fields: ['allowedFlipRate'],
    acts: ({ constraints }) => constraints.drive === 'flips',
    why: 'belongs to constraints.drive: flips',
  },
  {
    section: 'constraints',
    fields: ['multipliers'],
    acts: ({ constraints }) => constraints.drive === 'measured',
    why: 'belongs to constraints.drive: measured',
  },
  {
    section: 'constraints',
    fields: ['penalty', 'penaltyCoefficient', 'penaltyRamp'],
    acts: ({ constraints }) => constraints.drive !== 'measured',
    why: 'gives way to constraints.drive: measured, which has a rule of its own',
  },
  {
    section: 'constraints',
    fields: ['penaltyCoefficient', 'penaltyRamp'],
    acts: ({ constraints }) =>
      constraints.penalty === 'none' ||
      constraints.penaltyCoefficient === 0 ||
      weighsByCoefficient(constraints),
    why: 'is a length, and a projection holds directions alone (constraints.combine)',
  },
  {
    section: 'constraints',
    fields: ['penaltyCoefficient', 'penaltyRamp', 'augmentation'],
    acts: ({ constraints }) => constraints.penalty !== 'none' || constraints.drive === 'measured',
    why: 'belongs to another penalty than none',
  },
  {
    section: 'constraints',
    fields: ['constraintMovingAverage'],
    acts: ({ constraints: { drive, penalty } }) =>
      drive !== 'measured' && penalty !== 'none' && penalty !== 'fixed',
    why: 'averages what no weight follows from (constraints.penalty, constraints.drive)',
  },
  {
    section: 'heads',
    fields: ['rank', 'negatives'],
    acts: ({ heads }) => heads.enabled,
    why: 'belongs to heads.enabled: true',
  },
];

/** Whether another coefficient makes other steps: a projection takes the direction of what it projects by, and multipliers alone have one of their own. */
export function weighsByCoefficient({
  combine,
  penalty,
  drive,
}: Pick<PlanDraft['constraints'], 'combine' | 'penalty' | 'drive'>): boolean {
  if (penalty === 'none' || drive === 'measured') return false;
  return combine === 'sum' || penalty === 'augmentedLagrangian';
}

/**
 * Names the fields that a plan gives and that act on nothing with its other choices. They are no error: plans are patched, by
 * studies and by hand.
 *
 * @param yaml a plan that {@link parsePlan} takes
 */
export function noteIdleFields(yaml: string): string[] {
  const given = readPlanDocument(yaml).value as Record<string, Record<string, unknown>> | null;
  const parsed = planSchema.safeParse(given);
  if (parsed.data === undefined || parsed.data.method === 'flyp') return [];
  const plan = parsed.data;
  const idle = new Map<string, string>();
  for (const { section, fields, acts, why } of rules) {
    if (acts(plan)) continue;
    for (const field of fields) {
      const path = `${section}.${field}`;
      if (given?.[section]?.[field] !== undefined && !idle.has(path)) idle.set(path, why);
    }
  }
  return [...idle].map(([path, why]) => `${path} has no say here: it ${why}`);
}
