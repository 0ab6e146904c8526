import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreMissing, isMirrored, listFoldersStored } from '@holdfast/artifacts';
import { forEachBounded } from '@holdfast/fault';
import { describeRunFolder, pullRunFile, type RunFolder } from '@holdfast/run-store';

const originsAtOnce = 16;

/**
 * What lies in a folder of runs, by real paths, as running runs have them; nothing where there is no such folder.
 *
 * @throws Fault `precondition` where it cannot be read
 */
export async function listRunFolders(runsPath: string): Promise<string[]> {
  if (isMirrored(runsPath)) {
    const paths = (await listFoldersStored(runsPath)).map((name) => join(runsPath, name));
    const bring = (folder: RunFolder) => pullRunFile(folder, folder.origin);
    await forEachBounded(paths.map(describeRunFolder), bring, { concurrency: originsAtOnce });
    return paths;
  }
  const folder = await realpath(runsPath).catch(ignoreMissing(runsPath));
  if (folder === undefined) return [];
  const names = (await readdir(folder).catch(ignoreMissing(runsPath))) ?? [];
  return names.map((name) => join(folder, name));
}
