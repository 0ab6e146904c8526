import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Fault } from '@holdfast/fault';
import { CsvError, parse } from 'csv-parse/sync';
import { listSome } from './compare-text.js';
import { createProblems, type Problems } from './problems.js';
import { type Row, type RowSource, rowsMax } from './row.js';
import { parseRoles, roleNames } from './sample.js';

const manifestBytesMax = 512 * 2 ** 20;
const cellLengthMax = 4096;

/** Columns that are read, by each of their names. */
const columnNames: ReadonlyMap<string, keyof Columns> = new Map([
  ['path', 'path'],
  ['filepath', 'path'],
  ['label', 'label'],
  ['title', 'label'],
  ['group', 'group'],
  ['role', 'role'],
]);

interface Columns {
  path?: number;
  label?: number;
  group?: number;
  role?: number;
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a CSV or TSV manifest: `path,label` or `filepath,title`, and where known `group` and `role`,
 * a header first. Several roles of an image are joined by `+`.
 *
 * @throws Fault that names every row that is wrong by its line (twenty spelled out, then a count), and an
 *   unknown role once, by its first row.
 */
export async function readManifest(path: string): Promise<RowSource> {
  const text = await readText(path);
  const name = basename(path);
  const [header, ...lines] = parseLines(text, path);
  const { columns, ignored } = parseHeader(header?.record ?? [], path);
  if (lines.length > rowsMax) {
    throw new Fault('invalid', `${path} has ${lines.length} rows, more than ${rowsMax}`);
  }
  if (lines.length === 0) throw new Fault('invalid', `${path} names no images below its header`);
  const problems = createProblems();
  const width = header?.record.length ?? 0;
  const unknownRoles = new Map<string, { readonly place: string; readonly count: number }>();
  const rows = lines.map(({ record, info }): Row => {
    const place = `${name}:${info.lines}`;
    if (record.length !== width) {
      problems.add(place, `has ${record.length} cells, the header has ${width}`);
    }
    const { row, unknown } = parseRow(record, columns, place, problems);
    for (const role of unknown) {
      const seen = unknownRoles.get(role) ?? { place, count: 0 };
      unknownRoles.set(role, { ...seen, count: seen.count + 1 });
    }
    return row;
  });
  for (const [role, { place, count }] of unknownRoles) {
    const others =
      count === 1 ? '' : ` (here and in ${count - 1} more row${count === 2 ? '' : 's'})`;
    problems.add(
      place,
      `the role ${JSON.stringify(role)} is not known${others}; known are ${roleNames.join(', ')}, joined by +`,
    );
  }
  problems.throwIfAny(`${path} has rows that cannot be used`);
  const note = `${name}: the columns ${listSome(ignored)} are not used`;
  return { rows, notes: ignored.length > 0 ? [note] : [] };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > manifestBytesMax) {
      throw new Fault('invalid', `${path} has ${size} bytes, more than ${manifestBytesMax}`);
    }
    const bytes = await readFile(path);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    if (cause instanceof TypeError) {
      throw new Fault('invalid', `${path} is not UTF-8: save it as UTF-8`, { cause });
    }
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault('not-found', `the manifest ${path} cannot be read (${code})`, { cause });
  }
}

/** Tab if the first line has one, else comma. */
function parseLines(text: string, path: string): Line[] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  try {
    return parse(text, {
      bom: true,
      delimiter: firstLine.includes('\t') ? '\t' : ',',
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Line[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new Fault('invalid', `${path} is not CSV: ${cause.message}`, { cause });
  }
}

function parseHeader(
  header: readonly string[],
  path: string,
): { readonly columns: Columns; readonly ignored: string[] } {
  const columns: Columns = {};
  const ignored: string[] = [];
  header.forEach((cell, index) => {
    const column = columnNames.get(cell.toLowerCase());
    if (column === undefined) ignored.push(cell);
    else if (columns[column] === undefined) columns[column] = index;
    else throw new Fault('invalid', `${path}: the header names the ${column} twice`);
  });
  if (columns.path === undefined || columns.label === undefined) {
    throw new Fault(
      'invalid',
      `${path}: the header is "${header.join(',').slice(0, 200)}"; expected path,label (or filepath,title), then group and role where known, separated by commas or tabs`,
    );
  }
  return { columns, ignored };
}

function parseRow(
  record: readonly string[],
  columns: Columns,
  place: string,
  problems: Problems,
): { readonly row: Row; readonly unknown: readonly string[] } {
  const cell = (column: keyof Columns) => {
    const index = columns[column];
    const value = index === undefined ? '' : (record[index] ?? '');
    if (value.length > cellLengthMax || value.includes('\0')) {
      problems.add(
        place,
        `the ${column} is longer than ${cellLengthMax} or holds a null character`,
      );
    }
    return value;
  };
  const row = { place, path: cell('path').replaceAll('\\', '/'), label: cell('label') };
  if (row.path === '') problems.add(place, 'has no path');
  if (row.label === '') problems.add(place, 'has no label');
  const { roles, unknown } = parseRoles(cell('role'));
  return { row: { ...row, group: cell('group'), roles }, unknown };
}
