import { takeLock } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * Takes a run's folder for this process, so that it has one writer.
 *
 * @returns A function that gives the folder back.
 * @throws Fault `aborted` if another process works in the folder.
 */
export async function lockRun(path: string): Promise<() => Promise<void>> {
  const lock = await takeLock(path);
  if ('release' in lock) return lock.release;
  throw new Fault(
    'aborted',
    lock.holder > 0
      ? `${path}: process ${lock.holder} is working on this run; stop it first`
      : `${path}: another process took this run at the same moment; try again`,
  );
}
