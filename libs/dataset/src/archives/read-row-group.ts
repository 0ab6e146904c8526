import { Fault } from '@holdfast/fault';
import { type Compressors, parquetReadObjects } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors } from 'hyparquet-compressors';
import { blame, type ParquetFile } from './open-parquet.js';

/** Of a row group's columns that are read: they are in memory at once. */
export const groupBytesMax = 512 * 2 ** 20;

/**
 * Reads columns of a row group, all of its rows.
 *
 * @throws Fault `invalid` that names the group, if it is damaged or too large for memory.
 */
export async function readRowGroup(
  { name, file, metadata, groups }: ParquetFile,
  group: number,
  columns: readonly string[],
): Promise<Record<string, unknown>[]> {
  const { start: rowStart, end: rowEnd } = groups[group]!;
  const part = `row group ${group} (rows ${rowStart} to ${rowEnd})`;
  try {
    return await parquetReadObjects({
      file,
      metadata,
      columns: [...columns],
      rowStart,
      rowEnd,
      // Bytes stay bytes where no type says that they are a text.
      utf8: false,
      compressors: limitCompressors(name, part),
    });
  } catch (error) {
    throw blame(error, name, part);
  }
}

/**
 * Checks that a row group's columns fit in memory, by what the footer and each page say of themselves.
 *
 * @throws Fault `invalid` that names the group.
 */
export async function checkRowGroup(
  { name, file, metadata, groups }: ParquetFile,
  group: number,
  columns: readonly string[],
): Promise<void> {
  const { start: rowStart, end: rowEnd } = groups[group]!;
  const part = `row group ${group} (rows ${rowStart} to ${rowEnd})`;
  const chunks = metadata.row_groups[group]!.columns.flatMap(({ meta_data: chunk }) =>
    chunk !== undefined && columns.includes(chunk.path_in_schema[0]!) ? [chunk] : [],
  );
  const bytes = chunks.reduce((sum, chunk) => sum + Number(chunk.total_uncompressed_size), 0);
  if (bytes > groupBytesMax) refuseLarge(name, part);
  try {
    for (const chunk of chunks) {
      const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      const end = start + Number(chunk.total_compressed_size);
      checkPages(new DataView(await file.slice(start, end)), rowEnd - rowStart);
    }
  } catch (error) {
    throw blame(error, name, part);
  }
}

/** A page names no more values than there are rows, a dictionary none without a byte: room is made for them. */
function checkPages(view: DataView, rows: number): void {
  const reader = { view, offset: 0 };
  // As the library does, which leaves a last byte alone.
  while (reader.offset < view.byteLength - 1) {
    const place = reader.offset;
    const header = parquetHeader(reader);
    const { compressed_page_size: bytes, dictionary_page_header: dictionary } = header;
    const { num_values: values = 0 } =
      dictionary ?? header.data_page_header ?? header.data_page_header_v2 ?? {};
    const valuesMax = dictionary === undefined ? rows : header.uncompressed_page_size;
    if (!(values >= 0 && values <= valuesMax)) {
      throw new Error(`a page at byte ${place} of a column names ${values} values in ${rows} rows`);
    }
    if (!(bytes >= 0 && reader.offset + bytes <= view.byteLength)) {
      throw new Error(`a page at byte ${place} of a column names ${bytes} bytes, more than it has`);
    }
    reader.offset += bytes;
  }
}

/** The decompressors that a row group needs, which together give no more than fits. */
function limitCompressors(name: string, part: string): Compressors {
  let left = groupBytesMax;
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, bytes: number) => {
        left -= bytes;
        if (!(bytes >= 0) || left < 0) refuseLarge(name, part);
        return decompress(input, bytes);
      },
    ]),
  );
}

function refuseLarge(name: string, part: string): never {
  throw new Fault(
    'invalid',
    `${name}: ${part} holds more than ${groupBytesMax} bytes, which are read at once; write it with smaller groups, such as row_group_size=100 of pyarrow's write_table`,
  );
}
