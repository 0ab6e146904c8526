import { Fault, type FieldViolation } from '@holdfast/fault';
import type { z } from 'zod';
import { applyClaims } from './apply-claims.js';
import { applyDistillation } from './apply-distillation.js';
import { applyScope } from './apply-scope.js';
import { describeIssues, toViolation } from './describe-issue.js';
import { findContradictions } from './find-contradictions.js';
import { readPlanDocument } from './plan-document.js';
import { type PlanDraft, type PlanInput, planSchema } from './schema.js';

/** A message lists this many problems at the most; `violations` has them all. */
const listedMax = 20;

/**
 * Reads a plan and fills in its defaults. `method: flyp` takes the constraints away; scopes that train on features take the augmentation away. Numbers that
 * follow from the model and the data stay `auto` (`resolvePlan`).
 *
 * What only the data can tell (unknown class names, missing files) is not checked here.
 *
 * @param name where the text came from, for messages: `plan.yaml`
 * @throws Fault `invalid` naming every problem at once, each with its field and line.
 */
export function parsePlan(yaml: string, name: string): PlanDraft {
  const document = readPlanDocument(yaml);
  const { value, violations } = document;
  if (value === undefined) throw refuse(name, violations);
  if (value === null) {
    throw refuse(name, [
      { field: '', description: 'the plan is empty; the command init writes one' },
    ]);
  }
  if (isStudy(value)) {
    const description = 'is a study, which names a plan and methods; the command study runs it';
    throw refuse(name, [{ field: '', description }]);
  }
  const parsed = planSchema.safeParse(value);
  const issues = parsed.error?.issues ?? [];
  const plan = parsed.data ?? repair(value, issues);
  const problems = [
    ...describeIssues(issues, value),
    ...(plan === undefined ? [] : findContradictions(value as Partial<PlanInput>, plan)),
  ];
  const all = [...violations, ...problems.map((problem) => toViolation(problem, document.lineOf))];
  if (parsed.data === undefined || all.length > 0) throw refuse(name, all);
  return applyClaims(applyDistillation(applyScope(applyObjective(applyMethod(parsed.data)))));
}

/** Every key of a study would be a problem of the plan. */
function isStudy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'plan' in value && 'methods' in value && !('model' in value);
}

function refuse(name: string, violations: readonly FieldViolation[]): Fault {
  const listed = violations.slice(0, listedMax).map(formatViolation);
  const rest = violations.length - listed.length;
  if (rest > 0) listed.push(`and ${rest} more`);
  const message =
    listed.length === 1
      ? `${name}${listed[0]!.startsWith('line ') ? ',' : ':'} ${listed[0]}`
      : `${name}:\n${listed.map((line) => `  ${line}`).join('\n')}`;
  return new Fault('invalid', message, { violations });
}

/** `line 4: training.steps must be ...` */
function formatViolation({ field, description }: FieldViolation): string {
  const [, line = '', text = description] = /^(line \d+: )(.*)$/s.exec(description) ?? [];
  return field === '' ? `${line}${text}` : `${line}${field} ${text}`;
}

/**
 * The plan without its bad fields, so that contradictions among the others are found in the same
 * pass; undefined if what is wrong cannot be left out.
 */
function repair(input: unknown, issues: readonly z.core.$ZodIssue[]): PlanDraft | undefined {
  if (typeof input !== 'object' || Array.isArray(input)) return undefined;
  const copy = structuredClone(input) as Record<string, unknown>;
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const paths = keys.length > 0 ? keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) {
      if (path.some((step) => typeof step === 'number')) return undefined;
      removeField(copy, path.map(String));
    }
  }
  return planSchema.safeParse({ model: '', data: {}, target: { class: '' }, ...copy }).data;
}

function removeField(object: Record<string, unknown>, path: readonly string[]): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const child = object[key];
  if (rest.length === 0) delete object[key];
  else if (typeof child === 'object' && child !== null) {
    removeField(child as Record<string, unknown>, rest);
  }
}

function applyObjective(plan: PlanDraft): PlanDraft {
  const { objective } = plan;
  if (objective.kind !== 'weighted') return plan;
  return { ...plan, objective: { ...objective, protectedShare: objective.protectedShare ?? 0.5 } };
}

function applyMethod(plan: PlanDraft): PlanDraft {
  if (plan.method !== 'flyp') return plan;
  return {
    ...plan,
    constraints: {
      ...plan.constraints,
      penalty: 'none',
      penaltyCoefficient: 0,
      constraintMovingAverage: 0.8,
    },
  };
}
