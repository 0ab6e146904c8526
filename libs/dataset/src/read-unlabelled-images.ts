import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { compareText } from './compare-text.js';
import { hashFiles } from './hash-files.js';
import { judgeByName } from './image-extensions.js';
import { joinDuplicates } from './join-duplicates.js';
import { createLeftOut } from './left-out.js';
import { listFolder } from './list-folder.js';
import { locateFiles, resolveRoot } from './locate-files.js';
import { createProblems } from './problems.js';
import type { OnProgress } from './progress.js';
import { pullImageFolder } from './pull-images.js';
import { readColumns } from './read-columns.js';
import { rowsMax } from './row.js';
import type { Sample } from './sample.js';

/** Images of which nobody said what they show. */
export interface UnlabelledImages {
  /** Sorted by path; without roles, and with a label that stands for none. */
  readonly samples: readonly Sample[];
  /** How many are left out because other images are the same, or of their group. */
  readonly leftOut: number;
  /** Identity of the images: sha256 over contents and groups. */
  readonly sha256: string;
  /** What a reader of the report should know about them. */
  readonly notes: readonly string[];
}

/** Which images to read. */
export interface UnlabelledSettings {
  /** Read with all folders in it, links followed; what is hidden or no image by its name is left out and counted. */
  readonly folder: string;
  /** CSV `path,group` of images that belong together; paths start from the folder. Absent: each stands alone, with its exact copies. */
  readonly groups?: string | undefined;
  /** Images with another use: groups that have a copy of one, or, where `groups` says which there are, its group's name, are left out. */
  readonly apartFrom?: readonly OtherImage[];
  /** Index of the first image; default 0. */
  readonly firstIndex?: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image with another use. */
type OtherImage = Pick<Sample, 'sha256' | 'group' | 'givenGroup'>;

/** The label of an image that has none. */
export const noLabel = '?';

/**
 * Reads a folder of images without labels.
 *
 * @throws Fault `not-found` or `invalid` naming the folder without images, and every path of `groups` that is
 *   not in the folder.
 */
export async function readUnlabelledImages(
  settings: UnlabelledSettings,
): Promise<UnlabelledImages> {
  const root = await resolveRoot(settings.folder);
  await pullImageFolder(root, settings);
  const { paths, notes } = await listImages(root);
  if (paths.length === 0) {
    throw new Fault('invalid', `${settings.folder} has no images in it`);
  }
  if (paths.length > rowsMax) {
    throw new Fault('invalid', `${settings.folder} has more than ${rowsMax} images`);
  }
  const groupOf = await readGroups(settings.groups, new Set(paths));
  const { onProgress, signal, firstIndex = 0, apartFrom = [] } = settings;
  const named = paths.map((path) => ({ place: path, path }));
  const files = await locateFiles(named, [root], signal);
  const hashes = await hashFiles(files, { onProgress, signal });
  const found = paths.map((path, i) => {
    const group = groupOf.get(path) ?? path;
    const file = { path: files[i]!.path, relativePath: path, sha256: hashes[i]! };
    return { ...file, label: noLabel, group, roles: [] };
  });
  const joined = joinDuplicates(found);
  const isUsed = findUsed(apartFrom, groupOf);
  const used = new Set(joined.filter((_, i) => isUsed(found[i]!)).map(({ group }) => group));
  const samples = joined
    .filter(({ group }) => !used.has(group))
    .map((image, i): Sample => ({ index: firstIndex + i, ...image }));
  const lines = samples.map(({ sha256: hash, group }) => JSON.stringify([hash, group]));
  return {
    samples,
    leftOut: joined.length - samples.length,
    sha256: sha256(lines.join('\n')),
    notes,
  };
}

/** Whether an image is one of others, or, where somebody said which group it is of, of one of theirs. */
function findUsed(others: readonly OtherImage[], groupOf: ReadonlyMap<string, string>) {
  const hashes = new Set(others.map(({ sha256 }) => sha256));
  const groups = new Set(others.flatMap(({ group, givenGroup = group }) => [group, givenGroup]));
  return ({ relativePath, sha256 }: Pick<Sample, 'relativePath' | 'sha256'>): boolean => {
    const group = groupOf.get(relativePath);
    return hashes.has(sha256) || (group !== undefined && groups.has(group));
  };
}

/** Images below a folder, by path from the root, in order; links are followed. */
async function listImages(root: string): Promise<{ paths: string[]; notes: string[] }> {
  const paths: string[] = [];
  const leftOut = createLeftOut();
  const problems = createProblems();
  const walk = async (folder: string, prefix: string, chain: readonly string[]) => {
    for (const { name, isFolder, realPath, problem } of await listFolder(folder, root)) {
      const path = `${prefix}${name}`;
      if (name.startsWith('.')) leftOut.add('hidden', path);
      else if (problem !== undefined) problems.add(path, problem);
      else if (isFolder && chain.includes(realPath)) {
        problems.add(path, 'is a link to a folder that it lies in');
      } else if (isFolder) await walk(realPath, `${path}/`, [...chain, realPath]);
      else if (judgeByName(name) === 'image') paths.push(path);
      else leftOut.add(judgeByName(name) === 'other image' ? 'other image' : 'no image', path);
    }
  };
  await walk(root, '', [root]);
  problems.throwIfAny(`the folder ${root} cannot be used`);
  return { paths: paths.sort(compareText), notes: leftOut.describe() };
}

async function readGroups(
  path: string | undefined,
  known: ReadonlySet<string>,
): Promise<Map<string, string>> {
  if (path === undefined) return new Map();
  const problems = createProblems();
  const groups = new Map<string, string>();
  for (const { place, cells } of await readColumns(path, ['path', 'group'])) {
    const [image = '', group = ''] = cells;
    if (!known.has(image)) problems.add(place, `${image} is no image of the folder`);
    else if (group === '') problems.add(place, `${image} has an empty group`);
    else groups.set(image, group);
  }
  problems.throwIfAny(`${path} has rows that cannot be used`);
  return groups;
}
