import { readdir } from 'node:fs/promises';
import { normalize } from 'node:path';
import { Fault } from '@holdfast/fault';
import { listBelow, toName } from '@holdfast/s3';

/**
 * Refuses to replace what is more than an earlier writing of the same: a folder whose name was given for another, as that of all
 * the data, would be lost with everything in it. Of a folder in an object store, what the store has counts, too: here may be nothing of it.
 *
 * @throws Fault `precondition` if the target is a file, or has anything that the replacement has not
 */
export async function requireReplaceable(target: string, replacement: string): Promise<void> {
  const present = await readdir(target, { recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      if (error.code === 'ENOTDIR') throw new Fault('precondition', `${toName(target)} is a file`);
      throw error;
    },
  );
  const written = new Set(await readdir(replacement, { recursive: true }));
  const stored = [...(await listBelow(target)).keys()].map(normalize);
  const other = [...present, ...stored].find((name) => !written.has(name));
  if (other === undefined) return;
  throw new Fault(
    'precondition',
    `${toName(target)} has ${other}, which is nothing that would be written there: name a new folder, or empty this one`,
  );
}
