import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeProcess, isMirrored, isProcessGone, pullFolder } from '@holdfast/artifacts';
import type { RunFolder } from './run-folder.js';

/**
 * Who writes to the copy of a run that this machine has: it is newer than the store between a write and its upload, and
 * nobody else may bring it what the store has.
 */
const writerName = '.writer';

/** Weights and moments are brought by who reads them: a list of runs needs none. */
function selectSmall(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/\.safetensors$|(^|\/)\.writer$/.test(name));
}

/** Brings a run that lies in an object store, but for its weights, unless a process of this machine works on its copy here. */
export async function pullRun({ path }: RunFolder): Promise<void> {
  if (!isMirrored(path)) return;
  const text = await readFile(join(path, writerName), 'utf8').catch(() => undefined);
  if (text !== undefined && !(await isProcessGone(text))) return;
  await pullFolder(path, { select: selectSmall });
}

/** Brings a run for the process that has its lease, whatever a former owner left here. */
export async function pullLeasedRun({ path }: RunFolder): Promise<void> {
  if (!isMirrored(path)) return;
  await pullFolder(path, { select: selectSmall });
  await writeFile(join(path, writerName), await describeProcess());
}

/** Says that the copy here is not written to any more. */
export async function endWriting({ path }: RunFolder): Promise<void> {
  if (isMirrored(path)) await rm(join(path, writerName), { force: true });
}
