import { isMissing, type MissingGroups } from './missing-value.js';
import type { Problems } from './problems.js';
import type { Row } from './row.js';
import { parseRoles } from './sample.js';
import { parseSplit } from './split.js';
import type { UnknownWords } from './unknown-words.js';

/** What a row says. */
export type RowColumn = 'path' | 'label' | 'group' | 'role' | 'split';

/** A row as it was read. */
export interface RowCells {
  /** A cell's text; empty where there is none. */
  cell(column: RowColumn): string;
  /** Cells of the columns that were asked for, by their names. */
  readonly others: readonly (readonly [name: string, text: string])[];
}

/** Where what is wrong, or missing, is collected. */
export interface RowContext {
  readonly problems: Problems;
  readonly unknown: UnknownWords;
  readonly groups: MissingGroups;
}

/** Signs that a cell may have. */
export const cellLengthMax = 4096;

/** Understands the cells of a row, whatever they were read from. */
export function parseRow(
  cells: RowCells,
  place: string,
  { problems, unknown, groups }: RowContext,
): Row {
  const check = (value: string, column: string) => {
    if (value.length > cellLengthMax || value.includes('\0')) {
      problems.add(
        place,
        `the ${column} is longer than ${cellLengthMax} or holds a null character`,
      );
    }
    return value;
  };
  const cell = (column: RowColumn) => check(cells.cell(column), column);
  const path = cell('path').replaceAll('\\', '/');
  const label = cell('label').normalize('NFC');
  if (path === '') problems.add(place, 'has no path');
  if (label === '') problems.add(place, 'has no label');
  const group = cell('group').normalize('NFC');
  if (isMissing(group)) groups.add(group);
  const role = cell('role');
  const { roles, unknown: words } = parseRoles(isMissing(role) ? '' : role);
  for (const word of words) unknown.add(place, 'role', word);
  const named = cell('split');
  const split = parseSplit(named);
  if (split === undefined && !isMissing(named)) unknown.add(place, 'split', named);
  return {
    place,
    path,
    label,
    group: isMissing(group) ? '' : group,
    roles,
    ...(split && { split }),
    ...(cells.others.length > 0 && {
      columns: Object.fromEntries(
        cells.others.map(([name, text]) => [name, check(text, name).normalize('NFC')]),
      ),
    }),
  };
}

/** Leaves splits out where any row has a role. */
export function settleSplits(rows: readonly Row[]): {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
} {
  const hasRoles = rows.some(({ roles }) => roles.length > 0);
  if (!hasRoles || rows.every(({ split }) => split === undefined)) return { rows, notes: [] };
  return {
    rows: rows.map(({ split: _, ...row }) => row),
    notes: ['the column role counts, and the column split is not used'],
  };
}
