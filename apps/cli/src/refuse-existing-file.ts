import { dirname } from 'node:path';
import { hasFile, isMirrored, toName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { shortenPath } from './shorten-path.js';

/**
 * Refuses to write over a file, or into a folder that is not there, before the work whose result it would be.
 *
 * @param path absolute
 * @param option by which a person names another
 * @throws Fault `precondition`
 */
export async function refuseExistingFile(path: string, option: string, cwd: string): Promise<void> {
  if (await hasFile(path)) {
    const name = shortenPath(path, cwd);
    throw new Fault('precondition', `${name} exists; remove it or name another with ${option}`);
  }
  if (isMirrored(path) || (await hasFile(dirname(path)))) return;
  throw new Fault(
    'precondition',
    `${option}: there is no folder ${toName(dirname(path))}: make it, or name another place`,
  );
}
