import { stat } from 'node:fs/promises';
import { Fault, nameUnreadable } from '@holdfast/fault';
import { openParquet, type ParquetFile, type ParquetRange } from './open-parquet.js';
import { readImageValue } from './parquet-values.js';
import { readRowGroup } from './read-row-group.js';
import { rememberLast } from './remember-last.js';

const holdMs = 10_000;

// Of a thread: images are asked for in the order of their rows, and a row is read with all of its group.
const rememberRanges = rememberLast<readonly ParquetRange[]>(holdMs);
const rememberImages = rememberLast<readonly (Uint8Array | undefined)[]>(holdMs);

/**
 * Reads the image in a row of a Parquet file, and with it those of its row group, of which the last one is held while it is
 * asked for.
 *
 * @throws Fault as `nameUnreadable` if the file cannot be read, `invalid` if it is damaged, `precondition` if it has no such image.
 */
export async function readRowImage(path: string, row: number, column: string): Promise<Uint8Array> {
  const key = JSON.stringify([path, column, await identify(path)]);
  const ranges = await rememberRanges(key, () => withFile(path, async ({ groups }) => groups));
  const group = ranges.findIndex(({ start, end }) => row >= start && row < end);
  const images =
    group < 0
      ? []
      : await rememberImages(`${key} ${group}`, () =>
          withFile(path, async (file) => {
            const rows = await readRowGroup(file, group, [column]);
            return rows.map((values) => readImageValue(values[column], () => {}));
          }),
        );
  const image = images[row - (ranges[group]?.start ?? 0)];
  if (image !== undefined) return image;
  throw new Fault(
    'precondition',
    `${path} changed after the data were read: no image in row ${row}`,
  );
}

/** A file that was replaced is another one. */
async function identify(path: string): Promise<readonly number[]> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path).catch((cause) => {
    throw nameUnreadable(cause, `the archive ${path}`);
  });
  return [ino, size, mtimeMs, ctimeMs];
}

async function withFile<T>(path: string, use: (file: ParquetFile) => Promise<T>): Promise<T> {
  const file = await openParquet(path, path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
