import { Fault } from '@holdfast/fault';
import type { OnProgress } from '../progress.js';
import { rowsMax } from '../row.js';
import type { Split } from '../split.js';
import type { ArchiveIndex } from './archive-index.js';
import type { ArchiveSettings } from './archive-settings.js';
import { findArchives } from './find-archives.js';
import { withIndexCache } from './index-cache.js';
import type { IndexOptions } from './index-options.js';
import { indexParquet } from './index-parquet.js';
import { indexTar } from './index-tar.js';

/** An archive whose images are known. */
export interface OpenedArchive {
  /** From the root, with forward slashes. */
  readonly name: string;
  readonly index: ArchiveIndex;
  readonly split?: Split | undefined;
}

interface OpenOptions {
  /** Columns to keep beside the usual ones, in lower case; default: none. */
  readonly asked?: readonly string[] | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const mebibyte = 2 ** 20;

/**
 * Finds archives and the images in them, one archive after another. Progress is told in MiB.
 *
 * @param root real path of the folder that names start from and that none may leave
 * @throws Fault `invalid` naming the archives that are not there, damaged, or hold samples that cannot be used.
 */
export async function openArchives(
  { patterns, columns }: ArchiveSettings,
  root: string,
  { asked, onProgress, signal }: OpenOptions,
): Promise<OpenedArchive[]> {
  const found = await findArchives(patterns, root, signal);
  const total = Math.ceil(found.reduce((sum, { bytes }) => sum + bytes, 0) / mebibyte);
  let begun = 0;
  let count = 0;
  const opened: OpenedArchive[] = [];
  for (const { name, path, bytes, split } of found) {
    let read = begun;
    const tell = (more: number) => {
      const before = Math.floor(read / mebibyte);
      read += more;
      const done = Math.floor(read / mebibyte);
      if (done > before) onProgress?.({ done, total });
    };
    const options: IndexOptions = { name, columns, asked, onBytes: tell, signal };
    const index = await withIndexCache(path, options, () =>
      /\.tar$/i.test(name) ? indexTar(path, options) : indexParquet(path, options),
    );
    begun += bytes;
    count += index.images.length;
    if (count > rowsMax)
      throw new Fault('invalid', `the archives hold more than ${rowsMax} images`);
    opened.push({ name, index, split });
  }
  onProgress?.({ done: total, total });
  return opened;
}
