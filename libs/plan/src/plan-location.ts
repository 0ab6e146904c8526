import type { FieldViolation } from '@holdfast/fault';
import { parseFieldPath } from './field-path.js';
import { readPlanDocument } from './plan-document.js';

/**
 * The line of a field in a plan's text, counted from 1; of its nearest ancestor where the field is
 * not written out.
 *
 * @param path as in violations: `protected[2].tolerance`
 */
export function planLocation(yaml: string, path: string): number {
  return readPlanDocument(yaml).lineOf(parseFieldPath(path));
}

/** Puts `line N: ` before the description of each violation that has no line and names a field. */
export function locateViolations(
  yaml: string,
  violations: readonly FieldViolation[],
): FieldViolation[] {
  const document = readPlanDocument(yaml);
  return violations.map(({ field, description }) => {
    if (field === '' || /^line \d+: /.test(description)) return { field, description };
    const line = document.lineOf(parseFieldPath(field));
    return { field, description: `line ${line}: ${description}` };
  });
}
