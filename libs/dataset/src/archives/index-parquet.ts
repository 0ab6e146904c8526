import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { compareText, listSome } from '../compare-text.js';
import { createProblems } from '../problems.js';
import { rowsMax } from '../row.js';
import {
  type ArchiveColumns,
  type ArchivedImage,
  type ArchiveIndex,
  cellNames,
  foldName,
  listCandidates,
} from './archive-index.js';
import { formatPlace } from './archive-place.js';
import type { IndexOptions } from './index-options.js';
import { openParquet, type ParquetFile } from './open-parquet.js';
import { formatCell, readImageValue } from './parquet-values.js';
import { readClassNames } from './read-class-names.js';
import { checkRowGroup, readRowGroup } from './read-row-group.js';

/**
 * Finds the images of a Parquet file: a column of bytes, or of `{bytes, path}` as Hugging Face's datasets write it, and
 * columns of texts and numbers beside it. Numbers of a ClassLabel become its names. Row groups are read one after
 * another.
 *
 * @throws Fault `invalid` that says where the file is damaged, which columns it lacks, and which rows have no image in them.
 */
export async function indexParquet(path: string, options: IndexOptions): Promise<ArchiveIndex> {
  const { name, signal, onBytes } = options;
  const opened = await openParquet(path, name);
  try {
    const { image, cells } = chooseColumns(opened, options);
    const names = [...new Set([image, ...cells.filter((cell) => cell !== undefined)])];
    const classNames = readClassNames(opened.metadata);
    const problems = createProblems();
    const images: ArchivedImage[] = [];
    const width = String(opened.groups.at(-1)?.end ?? 0).length;
    for (const [group, { start }] of opened.groups.entries()) {
      if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
      await checkRowGroup(opened, group, names);
      const rows = await readRowGroup(opened, group, names);
      rows.forEach((values, position) => {
        const row = start + position;
        const rowName = String(row).padStart(width, '0');
        const refuse = (what: string) => problems.add(`${name}/${rowName}`, what);
        const bytes = readImageValue(values[image], refuse);
        images.push({
          name: rowName,
          place: formatPlace({ archive: path, row, column: image }),
          sha256: bytes === undefined ? '' : sha256(bytes),
          cells: cells.map((cell) =>
            cell === undefined ? '' : formatCell(values[cell], classNames.get(cell), refuse),
          ),
        });
      });
      onBytes?.(opened.file.byteLength / opened.groups.length);
    }
    problems.throwIfAny(`${name} has rows that cannot be used`);
    const known = opened.columns.map(({ element }) => element.name);
    const unused = known.filter((column) => !names.includes(column)).sort(compareText);
    return { images, unused, notes: [] };
  } finally {
    await opened.close();
  }
}

/** The columns that are read, of those that the file has. */
function chooseColumns(opened: ParquetFile, { columns: given, asked = [] }: IndexOptions) {
  const { name, columns, groups } = opened;
  const known = columns.map(({ element }) => element.name);
  const rows = groups.at(-1)?.end ?? 0;
  if (rows > rowsMax) throw new Fault('invalid', `${name} has ${rows} rows, more than ${rowsMax}`);
  const find = (column: keyof ArchiveColumns) =>
    listCandidates(column, given).find((each) => known.includes(each));
  const image = find('image');
  if (image === undefined) refuseColumn('image', name, known, given);
  for (const cell of cellNames) {
    if (given[cell] !== undefined && find(cell) === undefined) {
      refuseColumn(cell, name, known, given);
    }
  }
  const tree = columns.find(({ element }) => element.name === image)!;
  const leaf = tree.children.find(({ element }) => element.name === 'bytes') ?? tree;
  const isRepeated = [tree, leaf].some(({ element }) => element.repetition_type === 'REPEATED');
  if (leaf.element.type !== 'BYTE_ARRAY' || isRepeated) {
    throw new Fault(
      'invalid',
      `${name}: the column ${image} holds no images: it must be of bytes, or of {bytes, path} as Hugging Face's datasets write it`,
    );
  }
  const others = asked.map((wanted) => known.find((each) => foldName(each) === wanted));
  return { image, cells: [...cellNames.map((cell) => find(cell)), ...others] };
}

function refuseColumn(
  column: keyof ArchiveColumns,
  name: string,
  known: readonly string[],
  given: ArchiveColumns,
): never {
  const wanted = listCandidates(column, given).join(', ');
  throw new Fault(
    'invalid',
    `${name} has no column ${wanted}; its columns are ${listSome(known)}: say which holds the ${column}, in data.columns.${column}`,
  );
}
