import { createFileFinder, type FileFinder, type StreamedRow } from '@holdfast/dataset';
import { forEachBounded, isFault } from '@holdfast/fault';
import type { ImageTraits } from '@holdfast/image';
import type { DataSource } from '../source/data-source.js';
import { createSliceCounter } from './count-slices.js';
import { createTableBuilder, type TableBuilder } from './create-table-builder.js';
import type { DataTable } from './data-table.js';
import { createKeyTable, type KeyTable } from './key-table.js';
import { readCells } from './read-cells.js';

/** Reads one image; a Fault says why it cannot be used. */
export type InspectImage = (path: string) => Promise<ImageTraits>;

/** How a table is read. */
export interface ReadTableOptions {
  /** Absent: files are looked for, and not opened. */
  readonly inspect?: InspectImage | undefined;
  /** Images read at once; default 4. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many rows are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Reads a manifest in one pass: counts, finds every file and, where asked, reads every image. Of a row it keeps about 40
 * bytes, and 120 more of its image.
 *
 * @throws Fault as the source does; what is wrong with a row or an image is part of the table.
 */
export async function readTable(
  source: DataSource,
  { inspect, concurrency = 4, signal, onProgress }: ReadTableOptions = {},
): Promise<DataTable> {
  const reading: Reading = {
    source,
    builder: createTableBuilder({ hasTraits: inspect !== undefined }),
    finder: createFileFinder(source.root),
    files: createKeyTable(),
  };
  const slices = createSliceCounter(source.header.others);
  let done = 0;
  for await (const batch of source.batches({ signal, countsLines: false })) {
    const found: FoundImage[] = [];
    for (const row of batch) {
      slices.add(row);
      const image = readRow(row, reading);
      if (image !== undefined) found.push(image);
    }
    if (inspect !== undefined) {
      await readImages(found, reading.builder, { inspect, concurrency, signal });
    }
    done += batch.length;
    onProgress?.(done);
  }
  return reading.builder.build(slices.read());
}

interface Reading {
  readonly source: DataSource;
  readonly builder: TableBuilder;
  readonly finder: FileFinder;
  /** Files that were named. */
  readonly files: KeyTable;
}

interface FoundImage {
  readonly row: number;
  readonly path: string;
  /** Real path. */
  readonly file: string;
}

function readRow(
  row: StreamedRow,
  { source, builder, finder, files }: Reading,
): FoundImage | undefined {
  const cells = readCells(row, source.header);
  const number = builder.add(cells);
  const { path } = cells;
  if (cells.problem !== undefined) {
    builder.mark('unusable', { row: number, path, reason: cells.problem });
    return undefined;
  }
  const file = finder.find(path);
  if (typeof file === 'string') {
    builder.mark('missing', { row: number, path, reason: file });
    return undefined;
  }
  const known = files.size;
  if (files.add(file.path) < known) {
    builder.mark('repeated', { row: number, path, reason: 'is named in an earlier row' });
    return undefined;
  }
  return { row: number, path, file: file.path };
}

/** In whatever order images are read, they are kept in that of their rows. */
async function readImages(
  found: readonly FoundImage[],
  builder: TableBuilder,
  {
    inspect,
    ...options
  }: { inspect: InspectImage; concurrency: number; signal: AbortSignal | undefined },
): Promise<void> {
  const seen: (ImageTraits | string)[] = [];
  const read = async (image: FoundImage, position: number) => {
    seen[position] = await readImage(image, inspect);
  };
  await forEachBounded(found, read, options);
  for (const [position, { row, path }] of found.entries()) {
    const traits = seen[position]!;
    if (typeof traits !== 'string') builder.keep(row, traits);
    else builder.mark('undecodable', { row, path, reason: traits });
  }
}

/** What is seen of an image, or why it cannot be used. */
async function readImage({ file }: FoundImage, inspect: InspectImage) {
  try {
    return await inspect(file);
  } catch (error) {
    if (!isFault(error) || (error.kind !== 'invalid' && error.kind !== 'not-found')) throw error;
    return error.message.replace(`the image ${file} `, '').replace(/^cannot be used: /, '');
  }
}
