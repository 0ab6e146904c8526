import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describeProcess,
  isMirrored,
  isProcessGone,
  pullFile,
  pullFolder,
} from '@holdfast/artifacts';
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

/** Whether a process of this machine works on the copy of a run that is here. */
async function isWritten(path: string): Promise<boolean> {
  const text = await readWriter(path);
  return text !== undefined && !(await isProcessGone(text));
}

async function readWriter(path: string): Promise<string | undefined> {
  return readFile(join(path, writerName), 'utf8').catch(() => undefined);
}

/** Brings a run that lies in an object store, but for its weights, unless a process of this machine works on its copy here, or begins to. */
export async function pullRun({ path }: RunFolder): Promise<void> {
  if (!isMirrored(path)) return;
  const mayChange = async () => !(await isWritten(path));
  if (await mayChange()) await pullFolder(path, { select: selectSmall, mayChange });
}

/**
 * Brings a file of a run that lies in an object store, weights too. One that is here stays as it is where a process of this machine works
 * on the run's copy.
 *
 * @param path of the file
 */
export async function pullRunFile(folder: RunFolder, path: string): Promise<void> {
  await pullFile(path, async () => !(existsSync(path) && (await isWritten(folder.path))));
}

/**
 * Brings a run for the process that has its lease, whatever a former owner left here. That this one writes is said first: whoever
 * began to bring the run before changes nothing any more.
 */
export async function pullLeasedRun(folder: RunFolder): Promise<void> {
  const { path } = folder;
  if (!isMirrored(path)) return;
  await mkdir(path, { recursive: true });
  await writeFile(join(path, writerName), await describeProcess());
  try {
    await pullFolder(path, { select: selectSmall });
  } catch (error) {
    await endWriting(folder);
    throw error;
  }
}

/** Says that this process does not write to the copy here any more; one that took the run over meanwhile may. */
export async function endWriting({ path }: RunFolder): Promise<void> {
  if (!isMirrored(path)) return;
  if ((await readWriter(path)) === (await describeProcess())) {
    await rm(join(path, writerName), { force: true });
  }
}
