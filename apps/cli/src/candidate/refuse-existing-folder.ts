import { hasFile, isMirrored, listBelow } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * Refuses to write a model where something is.
 *
 * @param name of the folder, as a person wrote it
 * @throws Fault `precondition` if the folder exists, or objects of a store lie below it.
 */
export async function refuseExistingFolder(path: string, name: string): Promise<void> {
  const exists = isMirrored(path) ? (await listBelow(path)).size > 0 : await hasFile(path);
  if (exists) throw new Fault('precondition', `${name} exists; name a folder that does not`);
}
