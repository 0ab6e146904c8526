import { readdir } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { isMirrored, listBelow, pullFiles } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { braceExpand, Minimatch } from 'minimatch';
import { compareText } from '../compare-text.js';
import { locateFiles } from '../locate-files.js';
import { createProblems } from '../problems.js';
import type { Split } from '../split.js';
import type { ArchivePattern } from './archive-settings.js';

/** An archive that a plan names. */
export interface FoundArchive {
  /** From the root, with forward slashes. */
  readonly name: string;
  /** Real path. */
  readonly path: string;
  readonly bytes: number;
  readonly split?: Split | undefined;
}

const archivesMax = 10_000;
const globOptions = { nobrace: true, nocomment: true, nonegate: true };

/**
 * Finds the archives that patterns name, sorted by name; those in an object store are brought.
 *
 * @param root real path of the folder that names start from and that none may leave
 * @throws Fault `invalid` that names every pattern that no file has, every file that is no archive or outside the root,
 *   and an archive of two splits.
 */
export async function findArchives(
  patterns: readonly ArchivePattern[],
  root: string,
  signal?: AbortSignal,
): Promise<FoundArchive[]> {
  const splits = await matchAll(patterns, root);
  const names = [...splits.keys()].sort(compareText);
  if (names.length > archivesMax) {
    throw new Fault('invalid', `data.archives names ${names.length}, more than ${archivesMax}`);
  }
  const paths = names.map((name) => join(root, name));
  if (isMirrored(root)) await pullFiles(paths, { signal });
  const named = paths.map((path) => ({ place: 'data.archives', path }));
  const files = await locateFiles(named, [root], signal);
  return names.map((name, i) => {
    const { path, bytes } = files[i]!;
    return { name, path, bytes, split: splits.get(name) };
  });
}

/** Names that patterns match, with their splits. */
async function matchAll(
  patterns: readonly ArchivePattern[],
  root: string,
): Promise<Map<string, Split | undefined>> {
  const problems = createProblems();
  const splits = new Map<string, Split | undefined>();
  const list = createLister(root);
  for (const { pattern, split } of patterns) {
    const refuse = (what: string) => problems.add('data.archives', `${pattern} ${what}`);
    if (/^[/\\]|^[a-z]:|^s3:|\\|(^|\/)\.\.(\/|$)/i.test(pattern)) {
      refuse('must be a name from data.root, with forward slashes and without ..');
      continue;
    }
    for (const name of await matchPattern(pattern, list, refuse)) {
      if (!/\.(tar|parquet)$/i.test(name)) {
        refuse(`names ${name}, which is no archive: expected .parquet, or .tar, not compressed`);
      } else if (splits.has(name) && splits.get(name) !== split) {
        refuse(`names ${name}, which is in ${splits.get(name) ?? 'no split'} already`);
      } else splits.set(name, split);
    }
  }
  problems.throwIfAny('archives that cannot be used');
  return splits;
}

async function matchPattern(
  pattern: string,
  list: Lister,
  refuse: (what: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  const expanded = braceExpand(pattern, { braceExpandMax: archivesMax + 1 });
  if (expanded.length > archivesMax) refuse(`stands for more than ${archivesMax} names`);
  for (const each of expanded.slice(0, archivesMax)) {
    const glob = new Minimatch(each.replace(/^(\.\/)+/, ''), globOptions);
    if (!glob.hasMagic()) {
      found.push(glob.pattern);
      continue;
    }
    const matches = (await list(glob.pattern)).filter((name) => glob.match(name));
    if (matches.length === 0) refuse('is the name of no file there');
    found.push(...matches);
  }
  return found;
}

/** Names of files that a pattern may match, from the root. */
type Lister = (pattern: string) => Promise<readonly string[]>;

/** Lists the folder that a pattern's letters name; each once, with the folders in it if it must be. */
function createLister(root: string): Lister {
  const known = new Map<string, Promise<string[]>>();
  return (pattern) => {
    const steps = pattern.split('/');
    const first = steps.findIndex((step) => new Minimatch(step, globOptions).hasMagic());
    const folder = steps.slice(0, first).join('/');
    const recursive = first < steps.length - 1;
    const key = JSON.stringify([folder, recursive]);
    if (!known.has(key)) known.set(key, listNames(root, folder, recursive));
    return known.get(key)!;
  };
}

async function listNames(root: string, folder: string, recursive: boolean): Promise<string[]> {
  const path = join(root, folder);
  if (isMirrored(root)) {
    return [...(await listBelow(path)).keys()].map((name) => posix.join(folder, name));
  }
  const entries = await readdir(path, { withFileTypes: true, recursive }).catch((cause) => {
    throw new Fault(
      'not-found',
      `data.archives: the folder ${path} cannot be read (${cause.code})`,
      {
        cause,
      },
    );
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
