import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Fence } from '@holdfast/artifacts';
import { checkpointPath, type RunFolder } from './run-folder.js';

/** Steps taken of every checkpoint of a run, ascending. */
export async function listCheckpoints(folder: RunFolder): Promise<number[]> {
  const names = await readdir(folder.checkpoints).catch(() => [] as string[]);
  const steps = names.flatMap((name) => {
    const match = /^step-(\d+)$/.exec(name);
    return match === null ? [] : Number(match[1]);
  });
  return steps.sort((a, b) => a - b);
}

/** Removes every checkpoint but the given ones, and what a killed process left half-written. */
export async function pruneCheckpoints(
  folder: RunFolder,
  keep: ReadonlySet<number>,
  fence: Fence,
): Promise<void> {
  const kept = new Set([...keep].map((steps) => basename(checkpointPath(folder, steps))));
  for (const name of await readdir(folder.checkpoints)) {
    if (kept.has(name)) continue;
    await fence();
    await rm(join(folder.checkpoints, name), { recursive: true, force: true });
  }
}
