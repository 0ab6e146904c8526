import { Fault, type FieldViolation } from '@holdfast/fault';
import { isJsonObject, type JsonObject } from './read-json-file.js';

/** Reads the fields of a JSON object with defaults and collects everything that is wrong. */
export interface FieldReader {
  integer(name: string, fallback: number, range: Range): number;
  number(name: string, fallback: number, range: Range): number;
  boolean(name: string, fallback: boolean): boolean;
  choice<T extends string>(name: string, fallback: T, choices: readonly T[]): T;
  /** A nested object; absent and null are an empty one. */
  object(name: string): FieldReader;
  /** The names of all fields. */
  names(): readonly string[];
  /** A reader of the same fields, some of them replaced. */
  with(changes: JsonObject): FieldReader;
  /** The value as it stands; null is undefined. */
  raw(name: string): unknown;
  /** Reports a field that is readable but cannot be used. */
  refuse(name: string, description: string): void;
}

/** Least and greatest value allowed. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads an object of a configuration file. `parse` gets a reader; what it reports becomes one Fault
 * that names every bad field.
 *
 * @throws Fault `invalid` with a violation a field.
 */
export function parseFields<T>(
  object: JsonObject,
  file: string,
  parse: (reader: FieldReader) => T,
): T {
  const violations: FieldViolation[] = [];
  const result = parse(createFieldReader(object, '', violations));
  if (violations.length > 0) {
    const list = violations.map(({ field, description }) => `${field} ${description}`).join('; ');
    throw new Fault('invalid', `${file} cannot be used: ${list}`, { violations });
  }
  return result;
}

function createFieldReader(
  object: JsonObject,
  prefix: string,
  violations: FieldViolation[],
): FieldReader {
  const raw = (name: string) => object[name] ?? undefined;
  const refuse = (name: string, description: string) => {
    violations.push({ field: `${prefix}${name}`, description });
  };
  function number(name: string, fallback: number, { min, max }: Range): number {
    const value = raw(name) ?? fallback;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    refuse(name, `is ${JSON.stringify(value)}, expected a number from ${min} to ${max}`);
    return fallback;
  }
  return {
    raw,
    refuse,
    number,
    names: () => Object.keys(object),
    with: (changes) => createFieldReader({ ...object, ...changes }, prefix, violations),
    integer(name, fallback, range) {
      const value = number(name, fallback, range);
      if (Number.isInteger(value)) return value;
      refuse(name, `is ${value}, expected an integer`);
      return fallback;
    },
    boolean(name, fallback) {
      const value = raw(name) ?? fallback;
      if (typeof value === 'boolean') return value;
      refuse(name, `is ${JSON.stringify(value)}, expected true or false`);
      return fallback;
    },
    choice(name, fallback, choices) {
      const value = raw(name) ?? fallback;
      const found = choices.find((choice) => choice === value);
      if (found !== undefined) return found;
      refuse(name, `is ${JSON.stringify(value)}, expected ${choices.join(' or ')}`);
      return fallback;
    },
    object(name) {
      const value = raw(name) ?? {};
      if (isJsonObject(value)) return createFieldReader(value, `${prefix}${name}.`, violations);
      refuse(name, 'is not an object');
      return createFieldReader({}, `${prefix}${name}.`, violations);
    },
  };
}
