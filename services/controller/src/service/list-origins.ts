import { readOrigin } from '@holdfast/run-store';
import type { KnownRun } from './find-repeated.js';
import { listRunFolders } from './list-run-folders.js';

/** Where the runs of a folder of runs came from, and that of `others`; a folder whose origin cannot be read is left out. */
export async function listOrigins(
  runsPath: string,
  others: readonly string[] = [],
): Promise<KnownRun[]> {
  const known: KnownRun[] = [];
  for (const path of [...others, ...(await listRunFolders(runsPath))]) {
    const origin = await readOrigin(path).catch(() => undefined);
    if (origin !== undefined) known.push({ path, origin });
  }
  return known;
}
