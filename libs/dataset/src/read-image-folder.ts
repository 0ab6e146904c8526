import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Fault } from '@holdfast/fault';
import { compareText, listSome } from './compare-text.js';
import { createProblems } from './problems.js';
import { type Row, type RowSource, rowsMax } from './row.js';

const imageExtensions = new Set([
  '.avif',
  '.gif',
  '.jpeg',
  '.jpg',
  '.png',
  '.tif',
  '.tiff',
  '.webp',
]);

/**
 * Reads an image folder: root/<class>/<image>. Each image is its own group. Hidden files, and files
 * that are no images by their name, are left out and counted.
 *
 * @throws Fault that names the classes without images and the folders inside a class.
 */
export async function readImageFolder(root: string): Promise<RowSource> {
  const classes = (await list(root)).filter(isFolder);
  if (classes.length === 0) {
    throw new Fault(
      'invalid',
      `${root} has no folder of images: expected <class>/<image> in it, or name a manifest`,
    );
  }
  const problems = createProblems();
  const rows: Row[] = [];
  const others: string[] = [];
  for (const { name: label } of classes) {
    const before = rows.length;
    for (const entry of await list(join(root, label))) {
      const path = `${label}/${entry.name}`;
      if (isFolder(entry)) {
        problems.add(path, 'is a folder inside a class; name its images in a manifest');
      } else if (imageExtensions.has(extname(entry.name).toLowerCase())) {
        rows.push({ place: path, path, label, group: '', roles: [] });
      } else {
        others.push(path);
      }
    }
    if (rows.length === before)
      problems.add(label, 'has no images; add some, or remove the folder');
    if (rows.length > rowsMax) {
      throw new Fault('invalid', `${root} has more than ${rowsMax} images`);
    }
  }
  problems.throwIfAny(`the image folder ${root} cannot be used`);
  const what =
    others.length === 1
      ? '1 file is no image by its name'
      : `${others.length} files are no images by their names`;
  const note = `${what} and left out: ${listSome(others)}`;
  return { rows, notes: others.length > 0 ? [note] : [] };
}

async function list(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new Fault('not-found', `the folder ${folder} cannot be read (${cause.code})`, { cause });
  });
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => compareText(a.name, b.name));
}

function isFolder(entry: Dirent): boolean {
  return entry.isDirectory();
}
