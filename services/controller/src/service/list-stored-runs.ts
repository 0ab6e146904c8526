import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder } from '@holdfast/run-store';
import { describeUnreadable, readStoredRun } from './read-stored-run.js';

/**
 * The runs of a folder of runs, newest first. One whose files cannot be read is listed as failed, with
 * the reason: it must not hide the others.
 *
 * @param live runs that this process knows better, by their folder
 */
export async function listStoredRuns(
  runsPath: string,
  live: ReadonlyMap<string, Run>,
): Promise<Run[]> {
  const runs: { readonly run: Run; readonly time: number }[] = [];
  for (const name of await readdir(runsPath).catch(() => [] as string[])) {
    const path = join(runsPath, name);
    const origin = await stat(describeRunFolder(path).origin).catch(() => undefined);
    if (origin === undefined) continue;
    const stored = () => readStoredRun(path).catch((error) => describeUnreadable(path, error));
    runs.push({ run: live.get(path) ?? (await stored()), time: origin.mtimeMs });
  }
  return runs.sort((a, b) => b.time - a.time).map(({ run }) => run);
}
