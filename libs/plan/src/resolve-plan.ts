import { Fault } from '@holdfast/fault';
import {
  deriveConstraintMovingAverage,
  deriveDistillationWeight,
  deriveLearningRate,
  derivePenaltyCoefficient,
  deriveSteps,
  deriveTemperature,
  deriveWarmupSteps,
  type PlanFacts,
} from './derive-defaults.js';
import { listTargets } from './list-targets.js';
import type { Plan, PlanDraft } from './schema.js';

/** What an `auto` of a plan became, and why. */
export interface Resolution {
  /** `training.learningRate` */
  readonly field: ResolvedField;
  readonly value: number;
  readonly because: string;
}

/** Fields that may be `auto`, each after those that it follows from. */
export const resolvedFields = [
  'objective.contrastiveTemperature',
  'constraints.constraintTemperature',
  'constraints.penaltyCoefficient',
  'constraints.constraintMovingAverage',
  'distillation.weight',
  'training.steps',
  'training.warmupSteps',
  'training.learningRate',
] as const;
export type ResolvedField = (typeof resolvedFields)[number];

/** A value of a plan by the name of its field. */
function readField(plan: PlanDraft, field: ResolvedField): number | 'auto' | undefined {
  const [section, name] = field.split('.') as [keyof PlanDraft, string];
  return (plan[section] as Record<string, number | 'auto'> | undefined)?.[name];
}

function derive(field: ResolvedField, plan: PlanDraft, facts: PlanFacts) {
  switch (field) {
    case 'objective.contrastiveTemperature':
    case 'constraints.constraintTemperature':
      return deriveTemperature(facts);
    case 'constraints.penaltyCoefficient':
      return derivePenaltyCoefficient(plan.constraints.constraintTemperature as number);
    case 'constraints.constraintMovingAverage':
      return deriveConstraintMovingAverage(plan);
    case 'distillation.weight':
      return deriveDistillationWeight(facts);
    case 'training.steps':
      return deriveSteps(plan.training, facts, listTargets(plan).length);
    case 'training.warmupSteps':
      return deriveWarmupSteps(plan.training.steps as number);
    case 'training.learningRate':
      return deriveLearningRate(plan.training, facts);
  }
}

/**
 * Puts numbers where a plan says `auto`.
 *
 * @throws Fault `invalid` if a warm-up that was asked for is longer than the run that `auto` gives.
 */
export function resolvePlan(
  draft: PlanDraft,
  facts: PlanFacts,
): { readonly plan: Plan; readonly resolutions: readonly Resolution[] } {
  const resolutions: Resolution[] = [];
  let plan = draft;
  for (const field of resolvedFields) {
    if (readField(plan, field) !== 'auto') continue;
    const resolution: Resolution = { field, ...derive(field, plan, facts) };
    plan = setFields(plan, [resolution]);
    resolutions.push(resolution);
  }
  return { plan: requireNumbers(plan), resolutions };
}

/** What runs had that began before these numbers were `auto`. */
const earlier = [
  { field: 'distillation.weight', value: 0 },
  { field: 'constraints.constraintMovingAverage', value: 0.8 },
] as const;

/** The values of an earlier resolution that a plan has where it says `auto`, and of what was no `auto` then. */
export function listRestored(
  draft: PlanDraft,
  resolutions: readonly Resolution[],
): readonly Pick<Resolution, 'field' | 'value'>[] {
  return [...earlier, ...resolutions].filter(({ field }) => readField(draft, field) === 'auto');
}

/**
 * Puts the values of an earlier resolution where a plan says `auto`: what a run began with, whatever this
 * version would derive.
 *
 * @throws Fault `invalid` if a value is missing.
 */
export function restorePlan(draft: PlanDraft, resolutions: readonly Resolution[]): Plan {
  return requireNumbers(setFields(draft, listRestored(draft, resolutions)));
}

function setFields(
  plan: PlanDraft,
  resolutions: readonly Pick<Resolution, 'field' | 'value'>[],
): PlanDraft {
  let result = plan;
  for (const { field, value } of resolutions) {
    const [section, name] = field.split('.') as [keyof PlanDraft, string];
    result = { ...result, [section]: { ...(result[section] as object), [name]: value } };
  }
  return result;
}

function requireNumbers(plan: PlanDraft): Plan {
  const open = resolvedFields.filter((field) => readField(plan, field) === 'auto');
  if (open.length > 0) {
    const names = open.join(', ');
    throw new Fault('invalid', `nothing says what auto is for ${names}; write numbers there`);
  }
  const violations = checkNumbers(plan as Plan);
  if (violations.length === 0) return withoutIdle(plan as Plan);
  throw new Fault('invalid', 'the plan does not fit the data', { violations });
}

function withoutIdle({ distillation, ...plan }: Plan): Plan {
  return distillation === undefined || distillation.weight === 0 ? plan : { ...plan, distillation };
}

/** What is wrong with numbers that are known once no `auto` is left. */
function checkNumbers({ training }: Plan) {
  const { steps, warmupSteps, learningRate, weightDecay, weightDecayTowards } = training;
  const violations: { readonly field: string; readonly description: string }[] = [];
  if (warmupSteps > steps) {
    const description = `${warmupSteps} steps of warm-up are more than the ${steps} steps of the run; name training.steps`;
    violations.push({ field: 'training.warmupSteps', description });
  }
  if (weightDecayTowards === 'reference' && weightDecay * learningRate > 1) {
    const description = `${weightDecay} at the learning rate ${learningRate} takes weights past the old ones in one step; at most ${1 / learningRate}`;
    violations.push({ field: 'training.weightDecay', description });
  }
  return violations;
}
