import { Fault } from './fault.js';

/** No such file is there. */
const missing: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
/** The file is there, and this process may not read it: another host or user may. */
const denied: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM']);

/**
 * What keeps a file from being read, as a Fault: `not-found` where it is to blame itself, `precondition` where a right is
 * missing, and else `unavailable`: files or memory that ran out, a disk or a mount that fails, say nothing of the file.
 *
 * @param name as a person knows what is read
 */
export function nameUnreadable(cause: NodeJS.ErrnoException, name: string): Fault {
  const message = `${name} cannot be read (${cause.code})`;
  if (missing.has(cause.code)) return new Fault('not-found', message, { cause });
  if (!denied.has(cause.code)) return new Fault('unavailable', message, { cause });
  return new Fault('precondition', `${message}; make it readable and try again`, { cause });
}
