import { Fault } from './fault.js';

/** Of a disk without room, and of a user's share of it that is used up. */
const codes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * An error of the file system that says that no room is left, as a Fault `disk-full`; any other error as it is.
 *
 * @param path of what was written; the system's message often names none
 */
export function nameFullDisk(error: unknown, path?: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || !codes.has(error.code)) return error;
  const where = path === undefined ? '' : ` for ${path}`;
  return new Fault('disk-full', `no room is left${where}: ${error.message}`, { cause: error });
}
