import { resolve } from 'node:path';
import { Fault } from '@holdfast/fault';
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
import type { Row } from './row.js';
import type { Role } from './sample.js';

/** The images that data name, with their roles, before anybody asked whether they are sound. */
export interface ReadEntries {
  /** Sorted by relative path; those that a run does not use have no role that puts them to use. */
  readonly entries: readonly Entry[];
  readonly labels: LabelPlan;
  /** Every label, sorted. */
  readonly classes: readonly string[];
  readonly division: Division;
  readonly notes: readonly string[];
}

/**
 * Reads a manifest or an image folder, finds and hashes the files, and gives every image its roles.
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
    const files = await locateRows(used, source.root, { ...settings, allowRepeats });
    const found = await hashRows(files, source.name, settings);
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
  return { entries, labels, classes, division, notes };
}

/** A data set's rows, sorted by path, before anything about the files is known. */
interface Source {
  /** Undefined: the first. */
  readonly name: string | undefined;
  /** Real path. */
  readonly root: string;
  readonly rows: readonly Row[];
  readonly division: Division;
  readonly notes: readonly string[];
}

async function readSource(
  source: Omit<NamedSource, 'name'> & { readonly name?: string },
  options: Pick<LoadSettings, 'onProgress' | 'signal'>,
): Promise<Source> {
  requireManifest(source);
  const root = await resolveRoot(source.root);
  if (source.manifest === undefined) await pullImageFolder(root, options);
  const read =
    source.manifest === undefined
      ? await readImageFolder(root)
      : await readManifest(resolve(root, source.manifest), source.columns);
  const sorted = [...read.rows].sort((a, b) => compareText(a.path, b.path));
  const { name } = source;
  const rows =
    name === undefined ? sorted : sorted.map((row) => ({ ...row, label: prefix(name, row.label) }));
  return { name, root, rows, division: findDivision(rows), notes: read.notes };
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

/** Columns are a manifest's. */
function requireManifest({ root, manifest, columns = [] }: Omit<NamedSource, 'name'>): void {
  if (manifest !== undefined || columns.length === 0) return;
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

interface LocatedRow {
  readonly row: Row;
  readonly file: LocatedFile;
}

async function locateRows(
  rows: readonly Row[],
  root: string,
  { signal, allowRepeats }: LoadSettings & { readonly allowRepeats: boolean },
): Promise<LocatedRow[]> {
  await pullImages(
    rows.map(({ path }) => path),
    root,
    { signal },
  );
  const files = await locateFiles(rows, [root], signal);
  const located = rows.map((row, i) => ({ row, file: files[i]! }));
  if (!allowRepeats) refuseRepeats(located);
  return located;
}

async function hashRows(
  located: readonly LocatedRow[],
  source: string | undefined,
  { hashCachePath, onProgress, signal }: LoadSettings,
): Promise<Entry[]> {
  const files = located.map(({ file }) => file);
  const hashes = await hashFiles(files, { cachePath: hashCachePath, onProgress, signal });
  return located.map(
    ({ row, file }, i): Entry => ({
      ...(source !== undefined && { source }),
      place: prefix(source, row.place),
      relativePath: prefix(source, row.path),
      path: file.path,
      sha256: hashes[i]!,
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
  for (const { row, file } of located) {
    const other = places.get(file.path);
    if (other === undefined) places.set(file.path, row.place);
    else problems.add(row.place, `${row.path} is already named in ${other}`);
  }
  problems.throwIfAny('images that are named more than once');
}
