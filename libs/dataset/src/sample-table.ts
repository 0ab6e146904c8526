import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import {
  type Fence,
  isMirrored,
  isS3Uri,
  isWithin,
  pullFile,
  pullFiles,
  resolveName,
  sha256,
  toName,
  writeFileAtomic,
} from '@holdfast/artifacts';
import { formatCorruption, parseCorruption } from '@holdfast/corruption';
import { Fault } from '@holdfast/fault';
import { CsvError, parse } from 'csv-parse/sync';
import { findFile } from './archives/archive-place.js';
import { formatCells } from './csv-cell.js';
import { locateFiles, resolveRoot } from './locate-files.js';
import { createProblems, type Problems } from './problems.js';
import { rowsMax } from './row.js';
import { parseRoles, type Sample } from './sample.js';

/** A sample table that was read, and the identity of the very bytes. */
export interface SampleTable {
  readonly samples: readonly Sample[];
  /** sha256 of the file in hexadecimal. */
  readonly sha256: string;
}

const header = ['index', 'path', 'sha256', 'label', 'group', 'role'];
/** Where any image is corrupted. A reader that does not know the column refuses the table. */
const corruptedHeader = [...header, 'corruption'];
const tableBytesMax = 2 ** 30;

/**
 * Writes the table of a run's samples: CSV with the columns index, path, sha256, label, group, role and,
 * where any is corrupted or attacked, corruption (`fog 3`); paths absolute or `s3:` URIs, several roles joined by `+`.
 * The same samples give the same bytes.
 *
 * @returns sha256 of the file in hexadecimal.
 */
export async function writeSampleTable(
  path: string,
  samples: readonly Sample[],
  fence?: Fence,
): Promise<{ sha256: string }> {
  const isCorrupted = samples.some(({ corruption }) => corruption !== undefined);
  const lines = samples.map((sample) =>
    formatCells([
      String(sample.index),
      toName(sample.path),
      sample.sha256,
      sample.label,
      sample.group,
      sample.roles.join('+'),
      ...(isCorrupted ? [sample.corruption ? formatCorruption(sample.corruption) : ''] : []),
    ]),
  );
  const columns = isCorrupted ? corruptedHeader : header;
  const text = `${[columns.join(','), ...lines].join('\n')}\n`;
  await writeFileAtomic(path, text, fence);
  return { sha256: sha256(text) };
}

/**
 * Reads a table that {@link writeSampleTable} wrote; relative paths are not in it, so that they repeat
 * the absolute ones.
 *
 * @param roots where given, folders that every image must lie in, symbolic links followed
 * @throws Fault `not-found`, or `invalid` that names every row that is wrong by its line.
 */
export async function readSampleTable(
  path: string,
  roots?: readonly string[],
): Promise<SampleTable> {
  await pullFile(path);
  const bytes = await readTable(path);
  const [first, ...records] = parseRecords(bytes, path);
  const columns = [header, corruptedHeader].find((known) => known.join() === first?.join());
  if (columns === undefined) {
    throw new Fault('invalid', `${path} is not a sample table: expected ${header.join(',')}`);
  }
  if (records.length > rowsMax) {
    throw new Fault('invalid', `${path} has ${records.length} rows, more than ${rowsMax}`);
  }
  const problems = createProblems();
  const samples = records.map((record, index) =>
    parseSample(record, { row: index, columns: columns.length, problems }),
  );
  problems.throwIfAny(`${path} has rows that cannot be used`);
  if (roots !== undefined) await confineSamples(samples, roots);
  return { samples, sha256: sha256(bytes) };
}

async function readTable(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > tableBytesMax) {
      throw new Fault('invalid', `${path} has ${size} bytes, more than ${tableBytesMax}`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new Fault('not-found', `the sample table ${path} cannot be read (${code})`, { cause });
  }
}

function parseRecords(bytes: Uint8Array, path: string): string[][] {
  try {
    return parse(Buffer.from(bytes), { relax_column_count: true }) as string[][];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new Fault('invalid', `${path} is not CSV: ${cause.message}`, { cause });
  }
}

function parseSample(
  record: readonly string[],
  { row, columns, problems }: { row: number; columns: number; problems: Problems },
): Sample {
  const [index = '', name = '', hash = '', label = '', group = '', role = '', done = ''] = record;
  const path = isS3Uri(name) ? resolveName('.', name) : name;
  const { roles, unknown } = parseRoles(role);
  const corruption = parseCorruption(done);
  const isSound =
    record.length === columns &&
    (done === '' || corruption !== undefined) &&
    index === String(row) &&
    isAbsolute(path) &&
    !path.includes('\0') &&
    /^[0-9a-f]{64}$/.test(hash) &&
    label !== '' &&
    group !== '' &&
    unknown.length === 0;
  if (!isSound) {
    problems.add(
      `row ${row}`,
      `is ${JSON.stringify(record.join(',').slice(0, 200))}; expected index ${row}, an absolute path, a sha256, label, group and roles${columns > header.length ? ', and a corruption with its severity, or nothing' : ''}`,
    );
  }
  return {
    index: row,
    path,
    relativePath: path,
    sha256: hash,
    label,
    group,
    roles,
    ...(corruption && { corruption }),
  };
}

async function confineSamples(samples: readonly Sample[], roots: readonly string[]): Promise<void> {
  const realRoots = await Promise.all(roots.map(resolveRoot));
  // Images of one archive lie where it lies.
  const files = new Map(samples.map(({ index, path }) => [findFile(path), { index, path }]));
  const named = [...files].map(([path, { index }]) => ({ place: `row ${index}`, path }));
  const stored = [...files.keys()].filter(isMirrored);
  const allowed = stored.filter((path) => realRoots.some((root) => isWithin(path, root)));
  const isArchive = (path: string) => files.get(path)!.path !== path;
  // Their content is held against the table; an archive is brought anew rather than refused for what it was.
  await pullFiles(
    allowed.filter((path) => !isArchive(path)),
    { trusted: true },
  );
  await pullFiles(allowed.filter(isArchive));
  await locateFiles(named, realRoots);
}
