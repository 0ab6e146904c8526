import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listCheckpoints } from './checkpoints.js';
import { noProgress, progressSchema, type RunProgress } from './progress.js';
import { checkpointPath, type RunFolder } from './run-folder.js';

/**
 * What the newest checkpoint of a run knows of its progress, from disk, where another may be writing; that of an earlier one
 * where it is damaged. A run without a checkpoint has none.
 */
export async function readProgress(folder: RunFolder): Promise<RunProgress> {
  for (const steps of (await listCheckpoints(folder)).reverse()) {
    const path = join(checkpointPath(folder, steps), 'progress.json');
    const text = await readFile(path, 'utf8').catch(() => '');
    const parsed = progressSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
  }
  return noProgress;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
