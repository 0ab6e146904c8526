import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pullFolder } from '@holdfast/artifacts';
import { stateFileName } from './checkpoint-state.js';
import type { OptimizerRun } from './optimizer-run.js';

/** Removes this machine's copies of checkpoints that the controller has removed from an object store since. */
export async function dropRemoved({ storedCheckpoints }: OptimizerRun): Promise<void> {
  for (const folder of storedCheckpoints) {
    const isHere = (name: string) => existsSync(join(folder, name));
    await pullFolder(folder, { select: (names) => names.filter(isHere) });
    if (!isHere(stateFileName)) storedCheckpoints.delete(folder);
  }
}
