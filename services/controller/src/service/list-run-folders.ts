import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isMirrored, listFoldersStored, pullFiles } from '@holdfast/artifacts';
import { describeRunFolder } from '@holdfast/run-store';

/** What lies in a folder of runs, by real paths, as running runs have them; nothing where there is no such folder. */
export async function listRunFolders(runsPath: string): Promise<string[]> {
  if (isMirrored(runsPath)) {
    const paths = (await listFoldersStored(runsPath)).map((name) => join(runsPath, name));
    await pullFiles(paths.map((path) => describeRunFolder(path).origin));
    return paths;
  }
  const folder = await realpath(runsPath).catch(() => undefined);
  if (folder === undefined) return [];
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.map((name) => join(folder, name));
}
