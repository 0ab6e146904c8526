import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in a folder of runs, by real paths, as running runs have them; nothing where there is no such folder. */
export async function listRunFolders(runsPath: string): Promise<string[]> {
  const folder = await realpath(runsPath).catch(() => undefined);
  if (folder === undefined) return [];
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.map((name) => join(folder, name));
}
