import type { FieldViolation } from '@holdfast/fault';
import type { z } from 'zod';
import { type FieldPath, formatFieldPath } from './field-path.js';
import { describeUnknownKey } from './known-keys.js';
import { findNearestName } from './nearest-name.js';

/** What zod reports: an issue at a path. */
type Issue = z.core.$ZodIssue;

/** A problem of a plan, before its line is known. */
export interface PlanProblem {
  readonly path: FieldPath;
  readonly description: string;
}

/** Problems in words of what zod found wrong with `value`, the whole plan. */
export function describeIssues(issues: readonly Issue[], value: unknown): PlanProblem[] {
  return issues.flatMap((issue) => describeIssue(issue, value, issue.path as FieldPath));
}

function describeIssue(issue: Issue, value: unknown, path: FieldPath): PlanProblem[] {
  const given = readPath(value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        description: describeUnknownKey(path, key),
      }));
    case 'invalid_union':
      return describeUnion(issue, value, path, given);
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, description: message }));
    case 'invalid_value':
      return [{ path, description: describeChoice(issue.values, given) }];
    case 'invalid_type':
      return [{ path, description: describeType(issue.expected, given) }];
    case 'too_small':
    case 'too_big':
      return [{ path, description: describeBound(issue, given) }];
    default:
      return [{ path, description: issue.message }];
  }
}

/** Whether a union is a number or `auto`. */
function isNumberOrAuto({ errors }: z.core.$ZodIssueInvalidUnion): boolean {
  return errors.some(([error]) => error?.code === 'invalid_value' && error.values[0] === 'auto');
}

/** A protected task is a label or an object; what is wrong with an object is said inside it. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  value: unknown,
  path: FieldPath,
  given: unknown,
): PlanProblem[] {
  if (isNumberOrAuto(issue)) {
    const errors = issue.errors.find(([error]) => error?.code !== 'invalid_value') ?? [];
    if (typeof given === 'number') {
      return errors.flatMap((error) => describeIssue(error, value, path));
    }
    return [{ path, description: describeType('number or auto', given) }];
  }
  if (path.at(-2) === 'where' || path.at(-1) === 'class') {
    return [{ path, description: describeType('text, or a list of texts', given) }];
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [{ path, description: describeType('label, or a mapping with class', given) }];
  }
  const inner = issue.errors.find((branch) =>
    branch.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
  );
  if (inner === undefined) return [{ path, description: issue.message }];
  return inner.flatMap((error) =>
    describeIssue(error, value, [...path, ...(error.path as FieldPath)]),
  );
}

function describeChoice(values: readonly unknown[], given: unknown): string {
  const names = values.map(String);
  const nearest = typeof given === 'string' ? findNearestName(given, names) : undefined;
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `must be one of ${names.join(', ')}; is ${JSON.stringify(given)}${hint}`;
}

function describeType(expected: string, given: unknown): string {
  if (given === undefined) return 'is required';
  const kind = describeKind(given);
  if (expected === 'int') return `must be a whole number, is ${given}`;
  const wanted = kindNames.get(expected) ?? expected;
  return `must be a ${wanted}, is a ${kind}`;
}

const kindNames: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['object', 'mapping'],
  ['record', 'mapping'],
  ['array', 'list'],
]);

function describeKind(given: unknown): string {
  if (given === null) return 'key without a value';
  if (Array.isArray(given)) return 'list';
  return kindNames.get(typeof given) ?? typeof given;
}

function describeBound(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  given: unknown,
): string {
  const isSmall = issue.code === 'too_small';
  const bound = isSmall ? issue.minimum : issue.maximum;
  if (issue.origin === 'array')
    return `must have ${isSmall ? 'at least' : 'at most'} ${bound} entry`;
  const including = isSmall ? 'at least' : 'at most';
  const excluding = isSmall ? 'greater than' : 'less than';
  return `must be ${issue.inclusive === false ? excluding : including} ${bound}, is ${given}`;
}

function readPath(value: unknown, path: FieldPath): unknown {
  let at: unknown = value;
  for (const step of path) at = (at as Record<string | number, unknown> | undefined | null)?.[step];
  return at;
}

/** A problem as a violation, its line first. */
export function toViolation(
  { path, description }: PlanProblem,
  lineOf: (path: FieldPath) => number,
): FieldViolation {
  return { field: formatFieldPath(path), description: `line ${lineOf(path)}: ${description}` };
}
