import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrigin } from '@holdfast/run-store';
import type { KnownRun } from './find-repeated.js';

/** Where the runs of a folder of runs came from, and that of `others`; a folder whose origin cannot be read is left out. */
export async function listOrigins(
  runsPath: string,
  others: readonly string[] = [],
): Promise<KnownRun[]> {
  const names = await readdir(runsPath).catch(() => [] as string[]);
  const known: KnownRun[] = [];
  for (const path of [...others, ...names.map((name) => join(runsPath, name))]) {
    const origin = await readOrigin(path).catch(() => undefined);
    if (origin !== undefined) known.push({ path, origin });
  }
  return known;
}
