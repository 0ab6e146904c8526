import { basename } from 'node:path';
import { Fault } from '@holdfast/fault';
import { listSome } from './compare-text.js';
import { keepColumns } from './keep-columns.js';
import {
  cellLengthMax,
  type ManifestColumns,
  type OtherColumn,
  parseColumns,
} from './manifest-columns.js';
import { placeRow, readManifestLines } from './manifest-lines.js';
import { createMissingGroups, isMissing, type MissingGroups } from './missing-value.js';
import { createProblems, type Problems } from './problems.js';
import { type Row, type RowSource, rowsMax } from './row.js';
import { parseRoles } from './sample.js';
import { parseSplit } from './split.js';
import { createUnknownWords, type UnknownWords } from './unknown-words.js';

/**
 * Reads a CSV or TSV manifest: `path,label` or `filepath,title`, and where known `group`, and `role` or
 * `split`, a header first. Several roles of an image are joined by `+`. Where a row has a role, roles count
 * and a split does not.
 *
 * @param asked further columns to keep, in lower case
 * @throws Fault that names every row that is wrong by its line (twenty spelled out, then a count), and an
 *   unknown role or split once, by its first row.
 */
export async function readManifest(
  path: string,
  asked: readonly string[] = [],
): Promise<RowSource> {
  const name = basename(path);
  const [header, ...lines] = await readManifestLines(path);
  const { columns, others } = parseColumns(header?.record ?? [], path);
  const { kept, ignored } = keepColumns(others, asked, path);
  const unused = ignored.map((other) => (other.name === '' ? 'without a name' : other.name));
  if (lines.length > rowsMax) {
    throw new Fault('invalid', `${path} has ${lines.length} rows, more than ${rowsMax}`);
  }
  if (lines.length === 0) throw new Fault('invalid', `${path} names no images below its header`);
  const problems = createProblems();
  const unknown = createUnknownWords(problems);
  const groups = createMissingGroups();
  const width = header?.record.length ?? 0;
  const rows = lines.map(({ record, info }): Row => {
    const place = placeRow(name, info.lines);
    if (record.length !== width) {
      problems.add(place, `has ${record.length} cells, the header has ${width}`);
    }
    return parseRow(record, { columns, kept }, place, { problems, unknown, groups });
  });
  unknown.report();
  problems.throwIfAny(`${path} has rows that cannot be used`);
  const hasRoles = rows.some(({ roles }) => roles.length > 0);
  const hasSplits = rows.some(({ split }) => split !== undefined);
  const isSplitIgnored = hasRoles && hasSplits;
  const notes = [
    ...(unused.length > 0 ? [`the columns ${listSome(unused)} are not used`] : []),
    ...(isSplitIgnored ? ['the column role counts, and the column split is not used'] : []),
    ...(columns.group === undefined ? [] : groups.describe(rows.length)),
  ];
  return {
    rows: isSplitIgnored ? rows.map(({ split: _, ...row }) => row) : rows,
    notes: notes.map((note) => `${name}: ${note}`),
  };
}

function parseRow(
  record: readonly string[],
  { columns, kept }: { columns: ManifestColumns; kept: readonly OtherColumn[] },
  place: string,
  {
    problems,
    unknown,
    groups,
  }: { problems: Problems; unknown: UnknownWords; groups: MissingGroups },
): Row {
  const read = (index: number | undefined, column: string) => {
    const value = index === undefined ? '' : (record[index] ?? '');
    if (value.length > cellLengthMax || value.includes('\0')) {
      problems.add(
        place,
        `the ${column} is longer than ${cellLengthMax} or holds a null character`,
      );
    }
    return value;
  };
  const cell = (column: keyof ManifestColumns) => read(columns[column], column);
  const path = cell('path').replaceAll('\\', '/');
  const label = cell('label').normalize('NFC');
  if (path === '') problems.add(place, 'has no path');
  if (label === '') problems.add(place, 'has no label');
  const group = cell('group');
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
    ...(kept.length > 0 && {
      columns: Object.fromEntries(
        kept.map(({ name, index }) => [name, read(index, name).normalize('NFC')]),
      ),
    }),
  };
}
