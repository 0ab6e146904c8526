import {
  cellLengthMax,
  isMissing,
  listPartitions,
  type ManifestHeader,
  parseRoles,
  parseSplit,
  type StreamedRow,
} from '@holdfast/dataset';
import { useNames } from './data-table.js';

/** What a row says of its image. */
export interface RowCells {
  readonly path: string;
  readonly label: string;
  /** Empty: the image is its own group. */
  readonly group: string;
  /** Numbers of {@link useNames}. */
  readonly roleUse: number;
  readonly splitUse: number;
  /** Whether it has any role, such as base, which is no use of its own. */
  readonly hasRole: boolean;
  /** Why the row cannot be used. */
  readonly problem?: string | undefined;
}

/** Reads the cells of a row as a run does, and says what is wrong instead of refusing. */
export function readCells({ record }: StreamedRow, { names, columns }: ManifestHeader): RowCells {
  const cell = (index: number | undefined) => (index === undefined ? '' : (record[index] ?? ''));
  const path = cell(columns.path).replaceAll('\\', '/');
  const label = cell(columns.label).normalize('NFC');
  const group = cell(columns.group).normalize('NFC');
  const role = cell(columns.role);
  const split = cell(columns.split);
  const { roles, unknown } = parseRoles(isMissing(role) ? '' : role);
  const partitions = listPartitions(roles);
  const part = parseSplit(split);
  return {
    path,
    label,
    group: isMissing(group) ? '' : group,
    roleUse: partitions.length === 1 ? useNames.role.indexOf(partitions[0]!) : 0,
    hasRole: roles.length > 0,
    splitUse: part === undefined ? 0 : useNames.split.indexOf(part),
    problem: findProblem(),
  };

  function findProblem(): string | undefined {
    if (record.length !== names.length) {
      return `has ${record.length} cells, the header has ${names.length}`;
    }
    if (path === '') return 'has no path';
    if (label === '') return 'has no label';
    if (record.some((text) => text.length > cellLengthMax || text.includes('\0'))) {
      return `has a cell that is longer than ${cellLengthMax} or holds a null character`;
    }
    if (unknown.length > 0) return `has the unknown role "${unknown[0]}"`;
    if (part === undefined && !isMissing(split)) return `has the unknown split "${split}"`;
    if (partitions.length > 1) return `is in ${partitions.join(' and ')} at once`;
    return undefined;
  }
}
