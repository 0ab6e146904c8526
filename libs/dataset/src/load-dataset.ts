import { resolve } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { assignNegatives, assignSplitRoles } from './assign-roles.js';
import { checkLeakage } from './check-leakage.js';
import { checkRoles } from './check-roles.js';
import { compareText } from './compare-text.js';
import { describeCopies, describeGivenRoles } from './describe-data.js';
import type { Entry } from './entry.js';
import { hashFiles } from './hash-files.js';
import { joinDuplicates } from './join-duplicates.js';
import { type LabelPlan, planLabels } from './label-plan.js';
import type { LoadSettings } from './load-settings.js';
import { type LocatedFile, locateFiles, resolveRoot } from './locate-files.js';
import { listPartitions } from './partition.js';
import { createProblems } from './problems.js';
import { readImageFolder } from './read-image-folder.js';
import { readManifest } from './read-manifest.js';
import type { Row } from './row.js';
import type { Dataset, Role, Sample } from './sample.js';
import { splitGroups } from './split-groups.js';

/**
 * Loads the images of a run: finds and hashes the files, gives every image its roles, and refuses data
 * that would let a result look better than it is.
 *
 * Roles that the manifest names are kept as they are; images without a role, or with `base` alone, are
 * left out. Where no row has a role, groups are split, class by class: target and protected images
 * train, the rest steer and judge; `test` is never made up. Either way the negatives are marked.
 *
 * @throws Fault that names every row, class or file that is wrong.
 */
export async function loadDataset(settings: LoadSettings): Promise<Dataset> {
  const { targetClass, protectedClasses, negativeClasses } = settings;
  const root = await resolveRoot(settings.root);
  const source =
    settings.manifest === undefined
      ? await readImageFolder(root)
      : await readManifest(resolve(root, settings.manifest));
  const rows = [...source.rows].sort((a, b) => compareText(a.path, b.path));
  const classes = [...new Set(rows.map((row) => row.label))].sort(compareText);
  const labels = planLabels(classes, { targetClass, protectedClasses, negativeClasses });
  const hasRoles = rows.some((row) => row.roles.length > 0);
  const found = await findEntries(hasRoles ? rows.filter(isUsed) : rows, root, settings);
  const { entries, notes } = hasRoles
    ? keepRoles(rows, found, labels)
    : splitRoles(found, labels, settings);
  checkRoles(entries, labels);
  const used = entries.filter(isUsed);
  checkLeakage(used, labels.target);
  const samples = used.map(({ place: _, ...sample }, index): Sample => ({ index, ...sample }));
  return {
    samples,
    classes,
    sha256: hashSamples(samples),
    notes: [...source.notes, ...notes, ...describeCopies(used)],
  };
}

function isUsed({ roles }: { readonly roles: readonly Role[] }): boolean {
  return listPartitions(roles).length > 0;
}

async function findEntries(
  rows: readonly Row[],
  root: string,
  { hashCachePath, onProgress, signal }: LoadSettings,
): Promise<Entry[]> {
  const files = await locateFiles(rows, [root], signal);
  refuseRepeats(rows, files);
  const hashes = await hashFiles(files, { cachePath: hashCachePath, onProgress, signal });
  return rows.map(
    (row, i): Entry => ({
      place: row.place,
      relativePath: row.path,
      path: files[i]!.path,
      sha256: hashes[i]!,
      label: row.label,
      group: row.group === '' ? row.path : row.group,
      roles: row.roles,
    }),
  );
}

function refuseRepeats(rows: readonly Row[], files: readonly LocatedFile[]): void {
  const problems = createProblems();
  const places = new Map<string, string>();
  rows.forEach(({ path, place }, i) => {
    const file = files[i]!.path;
    const other = places.get(file);
    if (other === undefined) places.set(file, place);
    else problems.add(place, `${path} is already named in ${other}`);
  });
  problems.throwIfAny('images that are named more than once');
}

interface RoledEntries {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
}

function keepRoles(rows: readonly Row[], found: readonly Entry[], labels: LabelPlan): RoledEntries {
  const entries = assignNegatives(found, labels);
  return { entries, notes: describeGivenRoles(rows, entries, labels) };
}

function splitRoles(
  found: readonly Entry[],
  labels: LabelPlan,
  { split }: LoadSettings,
): RoledEntries {
  const joined = joinDuplicates(found);
  const entries = assignSplitRoles(joined, splitGroups(joined, labels, split), labels);
  const unused = entries.filter((entry) => entry.roles.length === 0).length;
  const note = `${unused} images are of classes that the plan does not train on, and not used`;
  return { entries, notes: unused > 0 ? [note] : [] };
}

/** Identity of the data wherever it lies: absolute paths are not part of it. */
function hashSamples(samples: readonly Sample[]): string {
  const lines = samples.map((sample) =>
    JSON.stringify([
      sample.relativePath,
      sample.sha256,
      sample.label,
      sample.group,
      sample.roles.join('+'),
    ]),
  );
  return sha256(`${lines.join('\n')}\n`);
}
