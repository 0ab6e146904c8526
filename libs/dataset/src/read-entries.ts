import { resolve } from 'node:path';
import { compareText } from './compare-text.js';
import {
  type Division,
  divideAtRandom,
  divideBySplit,
  findDivision,
  keepRoles,
} from './divide-entries.js';
import type { Entry } from './entry.js';
import { hashFiles } from './hash-files.js';
import { type LabelPlan, planLabels } from './label-plan.js';
import type { LoadSettings } from './load-settings.js';
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
  const root = await resolveRoot(settings.root);
  if (settings.manifest === undefined) await pullImageFolder(root, settings);
  const source =
    settings.manifest === undefined
      ? await readImageFolder(root)
      : await readManifest(resolve(root, settings.manifest));
  const rows = [...source.rows].sort((a, b) => compareText(a.path, b.path));
  const classes = [...new Set(rows.map((row) => row.label))].sort(compareText);
  const labels = planLabels(classes, settings);
  const division = findDivision(rows);
  const files = await locateRows(selectRows(rows, division), root, { ...settings, allowRepeats });
  const found = await hashRows(files, settings);
  const { entries, notes } = divide(division, rows, found, labels, settings);
  return { entries, labels, classes, division, notes: [...source.notes, ...notes] };
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
  division: Division,
  rows: readonly Row[],
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
  { hashCachePath, onProgress, signal }: LoadSettings,
): Promise<Entry[]> {
  const files = located.map(({ file }) => file);
  const hashes = await hashFiles(files, { cachePath: hashCachePath, onProgress, signal });
  return located.map(
    ({ row, file }, i): Entry => ({
      place: row.place,
      relativePath: row.path,
      path: file.path,
      sha256: hashes[i]!,
      label: row.label,
      group: row.group === '' ? row.path : row.group,
      roles: row.roles,
      ...(row.split && { split: row.split }),
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
