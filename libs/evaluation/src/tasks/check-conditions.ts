import type { Sample } from '@holdfast/dataset';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { findNearestName } from '@holdfast/plan';
import type { ProtectedTask } from './protected-task.js';

/** Values of a column that a message lists. */
const listedMax = 10;

/**
 * Refuses conditions on values that a column of the data does not have: most likely misspelt.
 *
 * @throws Fault `invalid` naming each such value by its field of the plan, with what the column has.
 */
export function checkConditions(
  protectedTasks: readonly Pick<ProtectedTask, 'field' | 'where'>[],
  samples: readonly Pick<Sample, 'columns'>[],
): void {
  const asked = new Set(protectedTasks.flatMap(({ where }) => where.map(([column]) => column)));
  const known = new Map(
    [...asked].map((column) => [
      column,
      new Set(
        samples.map(({ columns }) => columns?.[column] ?? '').filter((value) => value !== ''),
      ),
    ]),
  );
  const violations = protectedTasks.flatMap(({ field, where }) =>
    where.flatMap(([column, values]): FieldViolation[] => {
      const unknown = values.filter((value) => !known.get(column)!.has(value));
      return unknown.map((value) => ({
        field: `${field}.where`,
        description: describeUnknown(column, value, [...known.get(column)!].sort()),
      }));
    }),
  );
  if (violations.length === 0) return;
  throw new Fault('invalid', 'the plan does not fit the data', { violations });
}

function describeUnknown(column: string, value: string, known: readonly string[]): string {
  const nearest = findNearestName(value, known);
  const hint = nearest === undefined ? '' : `did you mean "${nearest}"? `;
  const rest = known.length > listedMax ? ', ...' : '';
  const has = known.length === 0 ? 'nothing' : known.slice(0, listedMax).join(', ') + rest;
  return `no image has "${value}" in the column ${column}; ${hint}it has: ${has}`;
}
