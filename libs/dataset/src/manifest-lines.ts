import { readFile, stat } from 'node:fs/promises';
import { pullFile } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { CsvError, parse } from 'csv-parse/sync';

/** A row of a manifest, its header the first. */
export interface ManifestLine {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
  /** As it is written, its end included; where it was asked for. */
  readonly raw?: string;
}

const manifestBytesMax = 512 * 2 ** 20;

/** Where a row stands, for messages. */
export function placeRow(name: string, line: number): string {
  return `${name}:${line}`;
}

/**
 * Reads the rows of a CSV or TSV file in UTF-8.
 *
 * @throws Fault `not-found`, or `invalid` if it is too large, not UTF-8 or not CSV.
 */
export async function readManifestLines(
  path: string,
  { keepRaw = false }: { readonly keepRaw?: boolean } = {},
): Promise<ManifestLine[]> {
  return parseLines(await readText(path), path, keepRaw);
}

async function readText(path: string): Promise<string> {
  await pullFile(path);
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

function parseLines(text: string, path: string, raw: boolean): ManifestLine[] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  try {
    return parse(text, {
      bom: true,
      delimiter: chooseDelimiter(firstLine),
      info: true,
      raw,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as ManifestLine[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new Fault('invalid', `${path} is not CSV: ${cause.message}`, { cause });
  }
}

/** Tab if the first line has one, semicolon if it has no comma, else comma. */
export function chooseDelimiter(firstLine: string): string {
  if (firstLine.includes('\t')) return '\t';
  return firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
}
