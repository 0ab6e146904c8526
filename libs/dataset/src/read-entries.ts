import { resolve } from 'node:path';
import { Fault } from '@holdfast/fault';
import { type OpenedArchive, openArchives } from './archives/open-archives.js';
import {
  type ArchiveMember,
  describeArchives,
  listMembers,
  readArchiveRows,
} from './archives/read-archive-rows.js';
import { compareText } from './compare-text.js';
import {
  type DividedEntries,
  type Division,
  divideAtRandom,
  divideBySplit,
  findDivision,
  keepRoles,
} from './divide-entries.js';
import type { Entry } from './entry.js';
import { hashFiles } from './hash-files.js';
import { type LabelPlan, planLabels } from './label-plan.js';
import type { LoadSettings, NamedSource } from './load-settings.js';
import { type LocatedFile, locateFiles, resolveRoot } from './locate-files.js';
import { listPartitions } from './partition.js';
import { createProblems } from './problems.js';
import { pullImageFolder, pullImages } from './pull-images.js';
import { readImageFolder } from './read-image-folder.js';
import { readManifest } from './read-manifest.js';
import type { Row, RowSource } from './row.js';
import type { Role } from './sample.js';

/** The images that data name, with their roles, before anybody asked whether they are sound. */
export interface ReadEntries {
  /** Of the first data set, as they were read, sorted by path. */
  readonly rows: readonly Row[];
  /** Sorted by relative path; those that a run does not use have no role that puts them to use. */
  readonly entries: readonly Entry[];
  readonly labels: LabelPlan;
  /** Every label, sorted. */
  readonly classes: readonly string[];
  readonly division: Division;
  readonly notes: readonly string[];
}

/**
 * Reads a manifest, archives or an image folder, finds and hashes the images, and gives each its roles.
 *
 * @param options `allowRepeats`: a file may be named more than once
 * @throws Fault that names every row, class or file that is wrong.
 */
export async function readEntries(
  settings: LoadSettings,
  { allowRepeats = false }: { readonly allowRepeats?: boolean } = {},
): Promise<ReadEntries> {
  const sources = [
    await readSource(settings, settings),
    ...(await Promise.all((settings.more ?? []).map((source) => readSource(source, settings)))),
  ];
  const classes = listClasses(sources);
  const labels = planLabels(classes, settings);
  const divided: DividedEntries[] = [];
  for (const source of sources) {
    const used = selectRows(source.rows, source.division);
    const images = await locateRows(used, source, settings);
    if (!allowRepeats) refuseRepeats(images);
    const found = await hashRows(images, source.name, settings);
    divided.push(divide(source, found, labels, settings));
  }
  const notes = sources.flatMap((source, i) =>
    [...source.notes, ...divided[i]!.notes].map((note) =>
      source.name === undefined ? note : `${source.name}: ${note}`,
    ),
  );
  const entries = divided.flatMap((part) => part.entries);
  if (sources.length > 1) entries.sort((a, b) => compareText(a.relativePath, b.relativePath));
  // Of several data sets, each image has its roles by now, whatever said so.
  const division = sources.length > 1 ? 'roles' : sources[0]!.division;
  return { rows: sources[0]!.rows, entries, labels, classes, division, notes };
}

/** A data set's rows, sorted by path, before anything about the files is known. */
interface Source {
  /** Undefined: the first. */
  readonly name: string | undefined;
  /** Real path. */
  readonly root: string;
  readonly rows: readonly Row[];
  /** What its archives hold, by name; undefined: its images are files. */
  readonly members: ReadonlyMap<string, ArchiveMember> | undefined;
  readonly division: Division;
  readonly notes: readonly string[];
}

async function readSource(
  source: Omit<NamedSource, 'name'> & { readonly name?: string },
  options: Pick<LoadSettings, 'onProgress' | 'signal'>,
): Promise<Source> {
  const root = await resolveRoot(source.root);
  const asked = source.manifest === undefined ? source.columns : [];
  const archives =
    source.archives && (await openArchives(source.archives, root, { ...options, asked }));
  const read = await readRows(source, root, archives, options);
  const sorted = [...read.rows].sort((a, b) => compareText(a.path, b.path));
  const { name } = source;
  const rows =
    name === undefined ? sorted : sorted.map((row) => ({ ...row, label: prefix(name, row.label) }));
  const members = archives && listMembers(archives);
  return { name, root, rows, members, division: findDivision(rows), notes: read.notes };
}

/** What a manifest, archives or a folder say of images. */
async function readRows(
  { root: named, manifest, archives: settings, columns }: Omit<NamedSource, 'name'>,
  root: string,
  archives: readonly OpenedArchive[] | undefined,
  options: Pick<LoadSettings, 'onProgress' | 'signal'>,
): Promise<RowSource> {
  if (manifest !== undefined) {
    const { rows, notes } = await readManifest(resolve(root, manifest), columns);
    return { rows, notes: [...notes, ...describeArchives(archives ?? [])] };
  }
  if (archives !== undefined) return readArchiveRows(archives, settings!.columns, columns);
  refuseColumns(named, columns);
  await pullImageFolder(root, options);
  return readImageFolder(root);
}

/** What a data set beside the first calls something. */
function prefix(source: string | undefined, name: string): string {
  return source === undefined ? name : `${source}/${name}`;
}

/** Every label of the data sets, sorted. */
function listClasses(sources: readonly Source[]): string[] {
  const [first, ...others] = sources.map(({ rows }) => new Set(rows.map(({ label }) => label)));
  for (const { name } of sources.slice(1)) {
    const taken = [...first!].find((label) => label.startsWith(`${name}/`));
    if (taken === undefined) continue;
    throw new Fault(
      'invalid',
      `the label "${taken}" of the first data set reads as one of the data set ${name}, whose labels begin with its name: call that data set otherwise`,
    );
  }
  return [...first!, ...others.flatMap((labels) => [...labels])].sort(compareText);
}

/** A folder says no more than labels. */
function refuseColumns(root: string, columns: readonly string[] = []): void {
  if (columns.length === 0) return;
  throw new Fault(
    'invalid',
    `${root} is an image folder, which has no column ${columns.join(', ')}: slices need a manifest, a CSV with path,label and the columns that they are about`,
  );
}

/** Whether a run uses an image. */
export function isUsed({ roles }: { readonly roles: readonly Role[] }): boolean {
  return listPartitions(roles).length > 0;
}

/** Rows whose files are looked for. */
function selectRows(rows: readonly Row[], division: Division): readonly Row[] {
  if (division === 'roles') return rows.filter(isUsed);
  return division === 'split' ? rows.filter(({ split }) => split !== undefined) : rows;
}

function divide(
  { division, rows }: Source,
  found: readonly Entry[],
  labels: LabelPlan,
  { split, purpose = 'train' }: LoadSettings,
) {
  if (division === 'roles') return keepRoles(rows, found, labels, purpose);
  if (division === 'split') return divideBySplit(rows, found, labels, { ...split, purpose });
  return divideAtRandom(found, labels, { ...split, purpose });
}

/** A row whose image is there: a file, or what an archive holds, which was hashed when that was opened. */
interface LocatedRow {
  readonly row: Row;
  readonly image: LocatedFile | ArchiveMember;
}

async function locateRows(
  rows: readonly Row[],
  { root, members }: Source,
  { signal }: LoadSettings,
): Promise<LocatedRow[]> {
  if (members !== undefined) return findMembers(rows, members);
  await pullImages(
    rows.map(({ path }) => path),
    root,
    { signal },
  );
  const files = await locateFiles(rows, [root], signal);
  return rows.map((row, i) => ({ row, image: files[i]! }));
}

function findMembers(
  rows: readonly Row[],
  members: ReadonlyMap<string, ArchiveMember>,
): LocatedRow[] {
  const problems = createProblems();
  const located = rows.flatMap((row) => {
    const image = members.get(row.path);
    if (image !== undefined) return [{ row, image }];
    problems.add(row.place, `${row.path} is no image of the archives`);
    return [];
  });
  problems.throwIfAny(
    'images that cannot be used; they are named by archive and name, such as train-000.tar/1.jpg',
  );
  return located;
}

async function hashRows(
  located: readonly LocatedRow[],
  source: string | undefined,
  { hashCachePath, onProgress, signal }: LoadSettings,
): Promise<Entry[]> {
  const files = located.flatMap(({ image }) => ('sha256' in image ? [] : [image]));
  const hashes = await hashFiles(files, { cachePath: hashCachePath, onProgress, signal });
  let next = 0;
  return located.map(
    ({ row, image }): Entry => ({
      ...(source !== undefined && { source }),
      place: prefix(source, row.place),
      relativePath: prefix(source, row.path),
      path: image.path,
      sha256: 'sha256' in image ? image.sha256 : hashes[next++]!,
      label: row.label,
      group: prefix(source, row.group === '' ? row.path : row.group),
      roles: row.roles,
      ...(row.split && { split: row.split }),
      ...(row.columns && { columns: row.columns }),
    }),
  );
}

function refuseRepeats(located: readonly LocatedRow[]): void {
  const problems = createProblems();
  const places = new Map<string, string>();
  for (const { row, image } of located) {
    const other = places.get(image.path);
    if (other === undefined) places.set(image.path, row.place);
    else problems.add(row.place, `${row.path} is already named in ${other}`);
  }
  problems.throwIfAny('images that are named more than once');
}
