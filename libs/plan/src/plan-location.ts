import { Fault, type FieldViolation } from '@holdfast/fault';
import { parseFieldPath } from './field-path.js';
import { type PlanDocument, readPlanDocument } from './plan-document.js';
import { planSchema } from './schema.js';

/**
 * The line of a field in a plan's text, counted from 1; of its nearest ancestor where the field is
 * not written out.
 *
 * @param path as in violations: `protected[2].tolerance`
 */
export function planLocation(yaml: string, path: string): number {
  return readPlanDocument(yaml).lineOf(parseFieldPath(path));
}

/**
 * A fault about a plan's fields with the lines of those fields, in its violations and in the lines of
 * its message that repeat them. Violations of other things (a row of a manifest) stay as they are.
 */
export function locateFault(fault: Fault, yaml: string): Fault {
  if (fault.violations.length === 0) return fault;
  const document = readPlanDocument(yaml);
  const violations = fault.violations.map((violation) => locate(violation, document));
  const repeated = new Map(
    violations.map((located, i) => [formatLine(fault.violations[i]!), formatLine(located)]),
  );
  const lines = fault.message.split('\n').map((line) => repeated.get(line) ?? line);
  return new Fault(fault.kind, lines.join('\n'), { violations, cause: fault });
}

function locate({ field, description }: FieldViolation, document: PlanDocument): FieldViolation {
  const path = parseFieldPath(field);
  const isPlanField = typeof path[0] === 'string' && Object.hasOwn(planSchema.shape, path[0]);
  if (!isPlanField || /^line \d+: /.test(description)) return { field, description };
  return { field, description: `line ${document.lineOf(path)}: ${description}` };
}

function formatLine({ field, description }: FieldViolation): string {
  return `  ${field}: ${description}`;
}
