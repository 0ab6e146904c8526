import { Fault } from '@holdfast/fault';

/**
 * For the `catch` of a read of what may not be there: undefined then.
 *
 * @param name as a person knows what is read
 * @throws Fault `precondition` with the system's code where anything else keeps it from being read: a right that is missing, a disk that fails.
 */
export function ignoreMissing(name: string): (cause: NodeJS.ErrnoException) => undefined {
  return (cause) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    const isDenied = cause.code === 'EACCES' || cause.code === 'EPERM';
    const advice = isDenied ? '; make it readable and try again' : '';
    const message = `${name} cannot be read (${cause.code})${advice}`;
    throw new Fault('precondition', message, { cause });
  };
}
