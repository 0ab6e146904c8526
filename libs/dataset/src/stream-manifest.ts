import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { Fault } from '@holdfast/fault';
import { CsvError, type Parser, parse } from 'csv-parse';
import { type ManifestColumns, type OtherColumn, parseColumns } from './manifest-columns.js';
import { chooseDelimiter } from './manifest-lines.js';
import { rowsMax } from './row.js';

/** The header of a manifest. */
export interface ManifestHeader {
  readonly names: readonly string[];
  readonly columns: ManifestColumns;
  readonly others: readonly OtherColumn[];
  readonly delimiter: string;
}

/** A row of a manifest, below its header. */
export interface StreamedRow {
  /** Counted from 1, the header's line included; 0 where lines are not counted. */
  readonly line: number;
  readonly record: readonly string[];
}

/** How a manifest is read. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether rows say their lines, which takes a fifth of the time; default true. */
  readonly countsLines?: boolean | undefined;
}

const headerBytesMax = 2 ** 16;
/** Rows handed over at once. */
const batchRows = 2048;
/** Signs of a row; what is longer has a quote that is never closed. */
const rowLengthMax = 2 ** 20;

/**
 * Reads a manifest's header alone.
 *
 * @throws Fault `not-found`, or `invalid` as {@link parseColumns}.
 */
export async function readManifestHeader(path: string): Promise<ManifestHeader> {
  const text = await readStart(path);
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = chooseDelimiter(firstLine);
  const parser = parse(text, { ...csvOptions, delimiter, to: 1 });
  const [first] = (await parser.toArray().catch((cause) => refuse(path, cause))) as Read[];
  const names = first?.record ?? [];
  return { names, delimiter, ...parseColumns(names, path) };
}

/**
 * Reads the rows of a manifest below its header, some thousand at a time: whatever its size, no more of it is in memory.
 *
 * @throws Fault `invalid` if it is not UTF-8, not CSV, or has more rows than a data set may have; `cancelled`.
 */
export async function* streamManifest(
  path: string,
  { delimiter }: Pick<ManifestHeader, 'delimiter'>,
  { signal, countsLines = true }: StreamOptions = {},
): AsyncGenerator<readonly StreamedRow[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parser: Parser = pipeline(
    createReadStream(path, { highWaterMark: 2 ** 18 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        // For its refusal alone: the parser reads bytes.
        decoder.decode(chunk, { stream: true });
        yield chunk;
      }
      decoder.decode();
    },
    parse({ ...csvOptions, delimiter, from: 2, info: countsLines }),
    () => {},
  );
  let count = 0;
  let batch: StreamedRow[] = [];
  try {
    for await (const read of parser as AsyncIterable<Read | string[]>) {
      batch.push(Array.isArray(read) ? { line: 0, record: read } : toRow(read));
      if (batch.length < batchRows) continue;
      if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
      count += batch.length;
      if (count > rowsMax) throw new Fault('invalid', `${path} has more than ${rowsMax} rows`);
      yield batch;
      batch = [];
    }
  } catch (cause) {
    refuse(path, cause);
  } finally {
    parser.destroy();
  }
  if (batch.length > 0) yield batch;
}

interface Read {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function toRow({ record, info }: Read): StreamedRow {
  return { line: info.lines, record };
}

const csvOptions = {
  bom: true,
  info: true,
  max_record_size: rowLengthMax,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
} as const;

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const start = Buffer.alloc(headerBytesMax);
      const { bytesRead } = await file.read(start, 0, headerBytesMax, 0);
      return start.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault('not-found', `the manifest ${path} cannot be read (${code})`, { cause });
  }
}

function refuse(path: string, cause: unknown): never {
  if (cause instanceof CsvError) {
    throw new Fault('invalid', `${path} is not CSV: ${cause.message}`, { cause });
  }
  if (
    cause instanceof TypeError &&
    'code' in cause &&
    cause.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
  ) {
    throw new Fault('invalid', `${path} is not UTF-8: save it as UTF-8`, { cause });
  }
  throw cause;
}
