import { Fault } from '@holdfast/fault';
import { compareText, listSome } from '../compare-text.js';
import { createMissingGroups } from '../missing-value.js';
import { parseRow, type RowColumn, settleSplits } from '../parse-row.js';
import { createProblems, type Problems } from '../problems.js';
import type { Row, RowSource } from '../row.js';
import { createUnknownWords } from '../unknown-words.js';
import { type ArchiveColumns, cellNames, listCandidates } from './archive-index.js';
import type { OpenedArchive } from './open-archives.js';

/** An image in an archive, as a file would be. */
export interface ArchiveMember {
  /** As `formatPlace` writes it. */
  readonly path: string;
  readonly sha256: string;
}

/** The images of all archives, by archive and name: `shard-000.tar/stop/1.jpg`. */
export function listMembers(archives: readonly OpenedArchive[]): Map<string, ArchiveMember> {
  return new Map(
    archives.flatMap(({ name, index }) =>
      index.images.map(({ name: image, place, sha256 }) => [
        `${name}/${image}`,
        { path: place, sha256 },
      ]),
    ),
  );
}

/**
 * What archives say of their images themselves.
 *
 * @param asked further columns, with which the archives were opened
 * @throws Fault `invalid` that names the images without a label and with roles or splits that are not known.
 */
export function readArchiveRows(
  archives: readonly OpenedArchive[],
  columns: ArchiveColumns,
  asked: readonly string[] = [],
): RowSource {
  const problems = createProblems();
  const unknown = createUnknownWords(problems);
  const groups = createMissingGroups();
  const rows: Row[] = [];
  for (const archive of archives) {
    if (lacksLabels(archive)) {
      refuseUnlabelled(archive, columns, problems);
      continue;
    }
    const { name, index, split } = archive;
    for (const { name: image, cells } of index.images) {
      const path = `${name}/${image}`;
      const cell = (column: RowColumn) =>
        column === 'path' ? path : cells[cellNames.indexOf(column)]!;
      const others = asked.map((name, i) => [name, cells[cellNames.length + i]!] as const);
      const row = parseRow({ cell, others }, path, { problems, unknown, groups });
      rows.push(split === undefined ? row : { ...row, split });
    }
  }
  refuseMissing(archives, columns, asked, problems);
  unknown.report();
  problems.throwIfAny('images of archives that cannot be used');
  if (rows.length === 0) {
    const why = describeArchives(archives).map((note) => `\n  ${note}`);
    throw new Fault('invalid', `data.archives: there is no image in them${why.join('')}`);
  }
  const settled = settleSplits(rows);
  const hasGroups = rows.some(({ group }) => group !== '');
  return {
    rows: settled.rows,
    notes: [...settled.notes, ...(hasGroups ? groups.describe(rows.length) : [])],
  };
}

/** What is left out of archives, and which of their columns are not read. */
export function describeArchives(archives: readonly OpenedArchive[]): string[] {
  const unused = [...new Set(archives.flatMap(({ index }) => index.unused))].sort(compareText);
  return [
    ...archives.flatMap(({ name, index }) => index.notes.map((note) => `${name}: ${note}`)),
    ...(unused.length === 0 ? [] : [`of the archives, ${listSome(unused)} are not used`]),
  ];
}

/** A column that a plan names and no image has is a slip, and without groups a costly one. */
function refuseMissing(
  archives: readonly OpenedArchive[],
  columns: ArchiveColumns,
  asked: readonly string[],
  problems: Problems,
): void {
  const isThere = (position: number) =>
    archives.some(({ index }) => index.images.some(({ cells }) => cells[position] !== ''));
  cellNames.forEach((cell, position) => {
    if (cell === 'label' || columns[cell] === undefined || isThere(position)) return;
    problems.add(`data.columns.${cell}`, `no image of the archives has ${columns[cell]}`);
  });
  asked.forEach((name, position) => {
    if (isThere(cellNames.length + position)) return;
    problems.add(
      name,
      'is a column that slices of the plan are about, and no image of the archives has it',
    );
  });
}

function lacksLabels({ index: { images } }: OpenedArchive): boolean {
  return images.length > 0 && images.every(({ cells }) => cells[0] === '');
}

function refuseUnlabelled(
  { name, index }: OpenedArchive,
  columns: ArchiveColumns,
  problems: Problems,
): void {
  const others = index.unused.length === 0 ? '' : `, and has ${listSome(index.unused)}`;
  problems.add(
    name,
    `has no ${listCandidates('label', columns).join(' or ')} with a label${others}: name one in data.columns.label, or the labels in data.manifest`,
  );
}
