import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pullFile } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { CsvError, parse } from 'csv-parse/sync';

/** A row of a small table. */
export interface ColumnRow {
  /** Where it stands, for messages: `labels.csv:12`. */
  readonly place: string;
  /** The cells asked for, in that order. */
  readonly cells: readonly string[];
}

/**
 * Reads columns of a CSV with a header; others are left alone.
 *
 * @throws Fault `not-found`, or `invalid` naming the columns that are missing.
 */
export async function readColumns(path: string, columns: readonly string[]): Promise<ColumnRow[]> {
  await pullFile(path);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `${path} cannot be read (${cause.code})`, { cause });
  });
  const [header, ...lines] = parseLines(text, path);
  const names = (header?.record ?? []).map((cell) => cell.toLowerCase());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new Fault(
      'invalid',
      `${path} has no column ${missing.join(', ')}: its header must name ${columns.join(', ')}`,
    );
  }
  const positions = columns.map((column) => names.indexOf(column));
  return lines.map(({ record, info }) => ({
    place: `${basename(path)}:${info.lines}`,
    cells: positions.map((position) => record[position] ?? ''),
  }));
}

function parseLines(text: string, path: string) {
  try {
    return parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new Fault('invalid', `${path} is not CSV: ${cause.message}`, { cause });
  }
}
