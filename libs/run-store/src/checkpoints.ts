import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Fence, isMirrored, removeStored } from '@holdfast/artifacts';
import { checkpointPath, type RunFolder } from './run-folder.js';

/** Steps taken of every checkpoint of a run, ascending. */
export async function listCheckpoints(folder: RunFolder): Promise<number[]> {
  const names = await listNames(folder);
  const steps = names.flatMap((name) => {
    const match = /^step-(\d+)$/.exec(name);
    return match === null ? [] : Number(match[1]);
  });
  return steps.sort((a, b) => a - b);
}

/** In an object store a checkpoint has its name before it is whole: until its manifest is there it is none. */
async function listNames({ checkpoints }: RunFolder): Promise<string[]> {
  const names = await readdir(checkpoints).catch(() => [] as string[]);
  if (!isMirrored(checkpoints)) return names;
  return names.filter((name) => existsSync(join(checkpoints, name, 'manifest.json')));
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
    await removeStored(join(folder.checkpoints, name), fence);
  }
}
