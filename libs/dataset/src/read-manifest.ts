import { basename } from 'node:path';
import { Fault } from '@holdfast/fault';
import { listSome } from './compare-text.js';
import { keepColumns } from './keep-columns.js';
import { parseColumns } from './manifest-columns.js';
import { placeRow, readManifestLines } from './manifest-lines.js';
import { createMissingGroups } from './missing-value.js';
import { parseRow, settleSplits } from './parse-row.js';
import { createProblems } from './problems.js';
import { type RowSource, rowsMax } from './row.js';
import { createUnknownWords } from './unknown-words.js';

/**
 * Reads a CSV or TSV manifest: `path,label` or `filepath,title`, and where known `group`, and `role` or
 * `split`, a header first. Several roles of an image are joined by `+`. Where a row has a role, roles count
 * and a split does not.
 *
 * @param asked further columns to keep, in lower case
 * @throws Fault that names every row that is wrong by its line (twenty spelled out, then a count), and an
 *   unknown role or split once, by its first row.
 */
export async function readManifest(
  path: string,
  asked: readonly string[] = [],
): Promise<RowSource> {
  const name = basename(path);
  const [header, ...lines] = await readManifestLines(path);
  const { columns, others } = parseColumns(header?.record ?? [], path);
  const { kept, ignored } = keepColumns(others, asked, path);
  const unused = ignored.map((other) => (other.name === '' ? 'without a name' : other.name));
  if (lines.length > rowsMax) {
    throw new Fault('invalid', `${path} has ${lines.length} rows, more than ${rowsMax}`);
  }
  if (lines.length === 0) throw new Fault('invalid', `${path} names no images below its header`);
  const problems = createProblems();
  const unknown = createUnknownWords(problems);
  const groups = createMissingGroups();
  const width = header?.record.length ?? 0;
  const rows = lines.map(({ record, info }) => {
    const place = placeRow(name, info.lines);
    if (record.length !== width) {
      problems.add(place, `has ${record.length} cells, the header has ${width}`);
    }
    const at = (index: number | undefined) => (index === undefined ? '' : (record[index] ?? ''));
    return parseRow(
      {
        cell: (column) => at(columns[column]),
        others: kept.map(({ name, index }) => [name, at(index)]),
      },
      place,
      { problems, unknown, groups },
    );
  });
  unknown.report();
  problems.throwIfAny(`${path} has rows that cannot be used`);
  const settled = settleSplits(rows);
  const notes = [
    ...(unused.length > 0 ? [`the columns ${listSome(unused)} are not used`] : []),
    ...settled.notes,
    ...(columns.group === undefined ? [] : groups.describe(rows.length)),
  ];
  return { rows: settled.rows, notes: notes.map((note) => `${name}: ${note}`) };
}
