import { open, readFile, rm } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';

/** Whether a process of this number runs on this machine. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Takes a run's folder for this process, so that it has one writer.
 *
 * A lock left by a process that is gone is taken over. A lock of this very process is refused too.
 *
 * @returns A function that gives the folder back.
 * @throws Fault `aborted` if another process works in the folder.
 */
export async function lockRun(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
      if (Number.isInteger(holder) && isAlive(holder)) {
        throw new Fault(
          'aborted',
          `${path}: process ${holder} is working on this run; stop it first`,
        );
      }
      await rm(path, { force: true });
    }
  }
  throw new Fault(
    'aborted',
    `${path}: another process took this run at the same moment; try again`,
  );
}
