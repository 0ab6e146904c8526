import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isMirrored, listFoldersStored } from '@holdfast/artifacts';
import { forEachBounded } from '@holdfast/fault';
import { describeRunFolder, pullRunFile, type RunFolder } from '@holdfast/run-store';

const originsAtOnce = 16;

/** For what may be missing: undefined then. @throws what else keeps it from being read. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

/**
 * What lies in a folder of runs, by real paths, as running runs have them; nothing where there is no such folder.
 *
 * @throws where it cannot be read
 */
export async function listRunFolders(runsPath: string): Promise<string[]> {
  if (isMirrored(runsPath)) {
    const paths = (await listFoldersStored(runsPath)).map((name) => join(runsPath, name));
    const bring = (folder: RunFolder) => pullRunFile(folder, folder.origin);
    await forEachBounded(paths.map(describeRunFolder), bring, { concurrency: originsAtOnce });
    return paths;
  }
  const folder = await realpath(runsPath).catch(ignoreMissing);
  if (folder === undefined) return [];
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  return names.map((name) => join(folder, name));
}
