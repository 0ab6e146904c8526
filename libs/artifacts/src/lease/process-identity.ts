import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Which process of which machine, as far as a system tells. */
export interface ProcessIdentity {
  readonly host: string;
  readonly processId: number;
  /** Boot of the machine, namespace of process numbers and start in ticks since boot; absent where the system does not say. */
  readonly kernel?: { readonly boot: string; readonly namespace: string; readonly started: string };
}

/** Fields of `/proc/N/stat` after the name in parentheses; the name may hold anything. */
async function readStat(process: string): Promise<{ processId: number; fields: string[] }> {
  const stat = await readFile(`/proc/${process}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { processId: Number.parseInt(stat, 10), fields };
}

/** State and start of a process: the first and the 20th field after its name. */
const stateOf = (fields: readonly string[]) => fields[0];
const startOf = (fields: readonly string[]) => fields[19];

async function readKernel(): Promise<ProcessIdentity['kernel']> {
  try {
    const { processId, fields } = await readStat('self');
    const started = startOf(fields);
    // A namespace may still see the /proc of another one.
    if (processId !== process.pid || started === undefined) return undefined;
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { boot, namespace: await readlink('/proc/self/ns/pid'), started };
  } catch {
    return undefined;
  }
}

/** This process. */
export async function identifyProcess(): Promise<ProcessIdentity> {
  const kernel = await readKernel();
  return { host: hostname(), processId: process.pid, ...(kernel && { kernel }) };
}

/** This process as a text, for {@link isProcessGone}. */
export async function describeProcess(): Promise<string> {
  return JSON.stringify(await identifyProcess());
}

/** Whether a process that {@link describeProcess} described is gone for certain; a torn text is of one that is. */
export async function isProcessGone(text: string): Promise<boolean> {
  try {
    return await isGone(JSON.parse(text) as ProcessIdentity);
  } catch {
    return true;
  }
}

/** Whether no process has a number. The /proc of a machine may hide those of other users (`hidepid`), which a signal still finds. */
function isFree(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Whether a process is gone for certain: one of the same boot and the same namespace of process numbers, whose number is
 * free, or belongs to a process that started at another time. Of any other process nothing is known.
 */
export async function isGone({ processId, kernel }: ProcessIdentity): Promise<boolean> {
  const here = await readKernel();
  if (kernel === undefined || here === undefined) return false;
  if (kernel.boot !== here.boot || kernel.namespace !== here.namespace) return false;
  const found = await readStat(String(processId)).catch((error: NodeJS.ErrnoException) => {
    // ESRCH: it ended while it was read.
    return error.code === 'ENOENT' || error.code === 'ESRCH' ? undefined : 'unknown';
  });
  if (found === 'unknown') return false;
  if (found === undefined) return isFree(processId);
  return startOf(found.fields) !== kernel.started || stateOf(found.fields) === 'Z';
}
