import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The shipped traffic signs. */
const examplePath = fileURLToPath(new URL('../../../../examples/gtsrb', import.meta.url));

/** A row of the example's manifest. */
export interface SignRow {
  readonly path: string;
  readonly label: string;
  readonly group: string;
}

/** Makes a folder that is gone when the test has ended. */
export async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-curation-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Photographs of signs of some classes, `perGroup` of each of `groups` tracks, from the example's training part. */
export async function listSigns(
  labels: readonly string[],
  { groups, perGroup }: { readonly groups: number; readonly perGroup: number },
): Promise<SignRow[]> {
  const text = await readFile(join(examplePath, 'manifest.csv'), 'utf8');
  const rows = text
    .split('\n')
    .map((line) => line.split(','))
    .filter(([path]) => path?.startsWith('images/train/'))
    .map(([path = '', label = '', group = '']) => ({ path, label, group }));
  return labels.flatMap((label) => {
    const ofLabel = rows.filter((row) => row.label === label);
    const tracks = [...new Set(ofLabel.map(({ group }) => group))].slice(0, groups);
    return tracks.flatMap((track) =>
      ofLabel.filter(({ group }) => group === track).slice(0, perGroup),
    );
  });
}

/** Copies signs into a folder, under their paths. */
export async function copySigns(folder: string, signs: readonly SignRow[]): Promise<void> {
  for (const { path } of signs) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await copyFile(join(examplePath, path), join(folder, path));
  }
}

/** Writes a manifest. */
export async function writeManifest(
  folder: string,
  rows: readonly (readonly string[])[],
  name = 'm.csv',
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  return path;
}
