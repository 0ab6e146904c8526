import { Fault } from '@holdfast/fault';
import type { RowColumn } from './parse-row.js';

/** Columns that are read, by each of their names. */
const columnNames: ReadonlyMap<string, RowColumn> = new Map([
  ['path', 'path'],
  ['filepath', 'path'],
  ['label', 'label'],
  ['title', 'label'],
  ['group', 'group'],
  ['role', 'role'],
  ['split', 'split'],
]);

/** Where the columns stand that a run reads. */
export type ManifestColumns = Partial<Record<RowColumn, number>>;

/** Another column of a manifest. */
export interface OtherColumn {
  /** As it is written; may be empty. */
  readonly name: string;
  readonly index: number;
}

/**
 * Finds the columns of a manifest by its header.
 *
 * @throws Fault `invalid` if there is no path or label, or one of them is there twice.
 */
export function parseColumns(
  header: readonly string[],
  path: string,
): { readonly columns: ManifestColumns; readonly others: readonly OtherColumn[] } {
  const columns: ManifestColumns = {};
  const others: OtherColumn[] = [];
  header.forEach((name, index) => {
    const column = columnNames.get(name.toLowerCase());
    if (column === undefined) others.push({ name, index });
    else if (columns[column] === undefined) columns[column] = index;
    else throw new Fault('invalid', `${path}: the header names the ${column} twice`);
  });
  if (columns.path === undefined || columns.label === undefined) {
    throw new Fault(
      'invalid',
      `${path}: the header is "${header.join(',').slice(0, 200)}"; expected path,label (or filepath,title), then group, and role or split, where known, separated by commas, semicolons or tabs`,
    );
  }
  return { columns, others };
}
