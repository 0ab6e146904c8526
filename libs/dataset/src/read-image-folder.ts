import { Fault } from '@holdfast/fault';
import { compareText, listSome } from './compare-text.js';
import { judgeByName } from './image-extensions.js';
import { createLeftOut, type LeftOut } from './left-out.js';
import { type FolderEntry, listFolder } from './list-folder.js';
import { resolveRoot } from './locate-files.js';
import { createProblems, type Problems } from './problems.js';
import { type Row, type RowSource, rowsMax } from './row.js';

/** A walk through an image folder. */
interface Walk {
  readonly root: string;
  readonly rows: Row[];
  readonly problems: Problems;
  readonly leftOut: LeftOut;
  /** Folders within classes, by path. */
  readonly inner: string[];
}

/** A folder of a class, or within one. */
interface ClassFolder {
  readonly label: string;
  /** From the root, with forward slashes. */
  readonly path: string;
  /** Real paths of this folder and of those that lead to it. */
  readonly chain: readonly string[];
}

/**
 * Reads an image folder: root/<class>/.../<image>, as torchvision's ImageFolder does it: links are followed,
 * and images in folders within a class are of that class. Each image is its own group. What is hidden,
 * no image by its name, or beside the class folders is left out and counted.
 *
 * @param root real path
 * @throws Fault that names the classes without images, links that lead nowhere or outside, and classes
 *   whose names differ only in how Unicode writes them.
 */
export async function readImageFolder(root: string): Promise<RowSource> {
  const walk: Walk = {
    root,
    rows: [],
    inner: [],
    problems: createProblems(),
    leftOut: createLeftOut(),
  };
  const classes = (await listFolder(root, root)).filter((entry) => keepClass(entry, walk));
  if (classes.length === 0) {
    walk.problems.throwIfAny(`the image folder ${root} cannot be used`);
    throw new Fault(
      'invalid',
      `${root} has no folder of images: expected <class>/<image> in it, or name a manifest, or tars and Parquet files in data.archives`,
    );
  }
  const labels = new Set<string>();
  for (const { name, realPath } of classes) {
    const label = name.normalize('NFC');
    if (labels.has(label)) {
      walk.problems.add(name, 'has the name of another class, written with other Unicode signs');
    }
    labels.add(label);
    const before = walk.rows.length;
    await readClass({ label, path: name, chain: [root, realPath] }, walk);
    if (walk.rows.length === before) {
      walk.problems.add(name, 'has no images; add some, or remove the folder');
    }
  }
  walk.problems.throwIfAny(`the image folder ${root} cannot be used`);
  return { rows: walk.rows, notes: [...describeInner(walk.inner), ...walk.leftOut.describe()] };
}

/**
 * The names of an image folder's classes, sorted; links are followed.
 *
 * @throws Fault `not-found` or `invalid` if the root is no folder that can be read.
 */
export async function listClasses(folder: string): Promise<string[]> {
  const root = await resolveRoot(folder);
  const entries = await listFolder(root, root);
  return entries
    .filter(({ name, isFolder }) => isFolder && !name.startsWith('.'))
    .map(({ name }) => name.normalize('NFC'))
    .sort(compareText);
}

/** Whether an entry of the root is a class; what is none is counted. */
function keepClass({ name, isFolder, problem }: FolderEntry, { problems, leftOut }: Walk): boolean {
  if (isLedger(name)) return false;
  if (name.startsWith('.')) leftOut.add('hidden', name);
  else if (problem !== undefined) problems.add(name, problem);
  else if (!isFolder) leftOut.add(judgeByName(name) === 'image' ? 'loose' : judgeLeft(name), name);
  return isFolder && !name.startsWith('.') && problem === undefined;
}

/** The ledger of judgements stands in the folder of its images; nobody misses it among the classes. */
function isLedger(name: string): boolean {
  return name.startsWith('holdfast-ledger.jsonl');
}

async function readClass({ label, path, chain }: ClassFolder, walk: Walk): Promise<void> {
  const { root, rows, problems, leftOut, inner } = walk;
  for (const entry of await listFolder(chain.at(-1)!, root)) {
    const { name, isFolder, realPath, problem } = entry;
    const place = `${path}/${name}`;
    if (name.startsWith('.')) leftOut.add('hidden', place);
    else if (problem !== undefined) problems.add(place, problem);
    else if (isFolder && chain.includes(realPath)) {
      problems.add(place, 'is a link to a folder that it lies in');
    } else if (isFolder) {
      inner.push(place);
      await readClass({ label, path: place, chain: [...chain, realPath] }, walk);
    } else if (judgeByName(name) === 'image') {
      rows.push({ place, path: place, label, group: '', roles: [] });
    } else leftOut.add(judgeLeft(name), place);
    if (rows.length > rowsMax) {
      throw new Fault('invalid', `${root} has more than ${rowsMax} images`);
    }
  }
}

function judgeLeft(name: string): 'other image' | 'no image' {
  return judgeByName(name) === 'other image' ? 'other image' : 'no image';
}

function describeInner(inner: readonly string[]): string[] {
  if (inner.length === 0) return [];
  const folders = inner.length === 1 ? '1 folder lies' : `${inner.length} folders lie`;
  return [
    `${folders} within a class, whose images are of that class, each its own group: ${listSome(inner)}; if such a folder holds one drive or one object, name groups in a manifest`,
  ];
}
