import { type FileHandle, open } from 'node:fs/promises';
import { readExactly } from '@holdfast/artifacts';
import { describeError, Fault, isFault, nameUnreadable } from '@holdfast/fault';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';

/** A Parquet file whose footer was read. */
export interface ParquetFile {
  /** What to call it in messages. */
  readonly name: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Its columns, structs as one. */
  readonly columns: readonly SchemaTree[];
  /** Its row groups, in order. */
  readonly groups: readonly ParquetRange[];
  close(): Promise<void>;
}

/** Rows from `start`, without `end`. */
export interface ParquetRange {
  readonly start: number;
  readonly end: number;
}

const footerBytesMax = 256 * 2 ** 20;
/** Length of the footer, then `PAR1`. */
const tailBytes = 8;

/**
 * Opens a Parquet file and reads its footer.
 *
 * @throws Fault `invalid` that says where it is damaged, or that it is encrypted; as `nameUnreadable` if it cannot be read.
 */
export async function openParquet(path: string, name: string): Promise<ParquetFile> {
  const handle = await open(path, 'r').catch((cause) => {
    throw nameUnreadable(cause, `the archive ${name}`);
  });
  try {
    const { size } = await handle.stat();
    const metadata = await readFooter(handle, size, name);
    return {
      name,
      metadata,
      file: createBuffer(handle, size),
      columns: parquetSchema(metadata).children,
      groups: listGroups(metadata, name),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw blame(error, name, 'its footer');
  }
}

/** What a library, or the system that it read from, said of a file, as a fault about it. */
export function blame(error: unknown, name: string, part: string): Fault {
  if (isFault(error)) return error;
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return nameUnreadable(error as NodeJS.ErrnoException, name);
  return new Fault(
    'invalid',
    `${name} cannot be read as Parquet: ${part}: ${describeError(error)}; copy it again, or write it anew`,
    { cause: error },
  );
}

async function readFooter(file: FileHandle, size: number, name: string): Promise<FileMetaData> {
  if (size < tailBytes) throw new Error(`the file has ${size} bytes`);
  const tail = Buffer.from(await readExactly(file, size - tailBytes, tailBytes));
  const magic = tail.toString('latin1', 4);
  if (magic === 'PARE') {
    throw new Fault('invalid', `${name} is encrypted; write it without encryption`);
  }
  if (magic !== 'PAR1') throw new Error(`bytes ${size - 4} to ${size} are not "PAR1"`);
  const length = tail.readUInt32LE(0);
  if (length > footerBytesMax || length + tailBytes > size) {
    throw new Error(`byte ${size - tailBytes} says that it has ${length} bytes`);
  }
  const bytes = await readExactly(file, size - tailBytes - length, length + tailBytes);
  return parquetMetadata(bytes.buffer as ArrayBuffer);
}

function listGroups({ row_groups, num_rows }: FileMetaData, name: string): ParquetRange[] {
  const groups: ParquetRange[] = [];
  let start = 0;
  for (const group of row_groups) {
    const end = start + Number(group.num_rows);
    groups.push({ start, end });
    start = end;
  }
  if (start === Number(num_rows) && groups.every((group) => group.end >= group.start)) {
    return groups;
  }
  throw blame(new Error(`names ${num_rows} rows, its groups ${start}`), name, 'its footer');
}

function createBuffer(handle: FileHandle, size: number): AsyncBuffer {
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (start < 0 || end < start || end > size) {
        throw new RangeError(`bytes ${start} to ${end} are not in the file of ${size}`);
      }
      return (await readExactly(handle, start, end - start)).buffer as ArrayBuffer;
    },
  };
}
