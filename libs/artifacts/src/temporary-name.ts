import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, isGone, type ProcessIdentity } from './lease/process-identity.js';

let ownPrefix: Promise<string> | undefined;

/** A name for a file that is not finished, which says which process writes it where the system tells: for {@link removeAbandoned}. */
export async function nameTemporary(): Promise<string> {
  ownPrefix ??= identifyProcess().then(describeWriter);
  return `.${await ownPrefix}${randomUUID()}.tmp`;
}

function describeWriter({ processId, kernel }: ProcessIdentity): string {
  const namespace = kernel?.namespace.match(/\d+/)?.[0];
  if (kernel === undefined || namespace === undefined) return '';
  return `${[processId, kernel.started, namespace, kernel.boot].join('_')}.`;
}

const pattern = /^\.(\d+)_(\d+)_(\d+)_([0-9a-f-]+)\..*\.tmp$/;

function parseWriter(name: string): ProcessIdentity | undefined {
  const [matched, processId, started, namespace, boot] = pattern.exec(name) ?? [];
  if (matched === undefined) return undefined;
  const kernel = { boot: boot!, namespace: `pid:[${namespace}]`, started: started! };
  return { host: '', processId: Number(processId), kernel };
}

/** Removes from a folder that several processes write to what one left unfinished that is gone for certain. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const writer = parseWriter(name);
    if (writer === undefined || !(await isGone(writer))) continue;
    // It is in nobody's way: where it cannot be removed, it stays.
    await rm(join(folder, name), { force: true }).catch(() => {});
  }
}
