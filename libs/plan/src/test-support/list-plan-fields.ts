import { z } from 'zod';
import { planSchema } from '../schema.js';

/** A field of a plan as docs/plan.md writes it. */
export interface PlanField {
  /** `protected[].class`, `spaces.NAME.classes` */
  readonly path: string;
  /** What may be written there, in words. */
  readonly values: string;
  /** Undefined: absent by default, and what that means is no matter of the schema. */
  readonly byDefault: string | undefined;
}

type Schema = z.core.JSONSchema.BaseSchema;

/** Every field of a plan, sections and parts of lists included, in the schema's order. */
export function listPlanFields(): PlanField[] {
  return listFields(z.toJSONSchema(planSchema, { io: 'input', reused: 'inline' }), '');
}

function listFields(schema: Schema, parent: string): PlanField[] {
  const { properties = {}, required = [], anyOf = [], items, additionalProperties } = schema;
  const own = Object.entries(properties).flatMap(([key, child]) => {
    if (!isSchema(child)) return [];
    const path = parent === '' ? key : `${parent}.${key}`;
    const byDefault = required.includes(key) ? 'required' : describeDefault(child);
    return [{ path, values: describeValues(child), byDefault }, ...listFields(child, path)];
  });
  const options = anyOf.filter(isSchema).flatMap((option) => listFields(option, parent));
  const ofItems = isSchema(items) ? listFields(items, `${parent}[]`) : [];
  const ofNames = isSchema(additionalProperties)
    ? listFields(additionalProperties, `${parent}.NAME`)
    : [];
  return [...own, ...options, ...ofItems, ...ofNames];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeDefault({ default: value, properties }: Schema): string | undefined {
  if (value === undefined) return undefined;
  if (properties !== undefined) return 'as below';
  const text = JSON.stringify(value, (_, part) =>
    typeof part === 'number' ? Number(part.toPrecision(5)) : part,
  );
  return code(typeof value === 'string' ? value : text.replaceAll(',', ', '));
}

function describeValues(schema: Schema): string {
  const { type, anyOf, items, prefixItems, enum: names, const: constant } = schema;
  if (anyOf !== undefined) return anyOf.filter(isSchema).map(describeValues).join(', or ');
  if (names !== undefined) return names.map(code).join(', ');
  if (constant !== undefined) return code(constant);
  if (prefixItems !== undefined) return `list of ${prefixItems.length} numbers`;
  switch (type) {
    case 'boolean':
      return '`true`, `false`';
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return describeNumber(schema);
    case 'array':
      return `list: ${isSchema(items) ? describeValues(items) : 'anything'}`;
    default:
      return 'mapping';
  }
}

/** "whole number, 1 to 256"; "number, above 0, below 1" */
function describeNumber({
  type,
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: Schema): string {
  // Whole numbers above 0 are those from 1 on, and the largest exact one is no bound that a plan could meet.
  const isWhole = type === 'integer';
  const least = isWhole && exclusiveMinimum === 0 ? 1 : minimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const kind = isWhole ? 'whole number' : 'number';
  if (least !== undefined && most !== undefined) return `${kind}, ${least} to ${most}`;
  const bounds = [
    least === undefined ? [] : [`at least ${least}`],
    least === undefined && exclusiveMinimum !== undefined ? [`above ${exclusiveMinimum}`] : [],
    most === undefined ? [] : [`at most ${most}`],
    exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`],
  ];
  return [kind, ...bounds.flat()].join(', ');
}

function code(value: unknown): string {
  return `\`${value}\``;
}
