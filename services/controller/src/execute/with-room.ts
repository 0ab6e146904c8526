import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nameTemporary } from '@holdfast/artifacts';
import { Fault, isFault, nameFullDisk } from '@holdfast/fault';

/** Whose disk it is, and who is told. */
export interface RoomOptions {
  /** Folder of the run. */
  readonly path: string;
  /** Told once, with the fault that says what is full. */
  readonly onFull: (fault: Fault) => void;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Grows with what was saved: then tries are counted anew. Absent: nothing is saved by the work. */
  readonly countSaved?: () => Promise<number>;
  /** Milliseconds before the first try, and the most. Default 1 and 60 s. */
  readonly pausesMs?: { readonly first: number; readonly most: number };
}

/** With pauses of up to a minute about an hour. */
const triesMax = 65;
/** Faults that were waited for in vain: work that waits by itself may be part of work that does. */
const waitedFor = new WeakSet<Fault>();
/** What a disk must take before anything is tried again that costs more. */
const probe = Buffer.alloc(2 ** 20);

/**
 * Does work that a full disk stops, and does it again when there is room: after 1, 2, 4, ... 60 s, sixty-five times in a row, an
 * hour. While the run's folder does not take a MiB, nothing but that is tried.
 *
 * @param work Told what was full the last time.
 * @throws Fault `disk-full` after an hour, `cancelled` where the run was asked to stop; every other failure of the work.
 */
export async function withRoom<Result>(
  work: (full: Fault | undefined) => Promise<Result>,
  { path, onFull, signal, countSaved = async () => 0, pausesMs }: RoomOptions,
): Promise<Result> {
  const { first, most } = pausesMs ?? { first: 1000, most: 60_000 };
  let full: Fault | undefined;
  let saved = await countSaved();
  for (let tries = 0; ; ) {
    try {
      return await work(full);
    } catch (error) {
      const fault = nameFullDisk(error);
      if (!isFault(fault) || fault.kind !== 'disk-full' || waitedFor.has(fault)) throw error;
      const savedNow = await countSaved();
      if (savedNow > saved) tries = 0;
      saved = savedNow;
      if (full?.message !== fault.message) onFull(fault);
      full = fault;
    }
    do {
      if (tries === triesMax) {
        waitedFor.add(full);
        throw full;
      }
      await delay(Math.min(first * 2 ** tries, most), undefined, { signal }).catch(() => {});
      if (signal.aborted) throw giveUp(full);
      tries += 1;
    } while (!(await hasRoom(path)));
  }
}

function giveUp(full: Fault): Fault {
  const message = `stopped, with what was saved before, while it waited: ${full.message}`;
  return new Fault('cancelled', message, { cause: full });
}

/** Whether a folder takes a MiB. What else is wrong with it is not found out here. */
async function hasRoom(path: string): Promise<boolean> {
  const name = join(path, await nameTemporary());
  try {
    const file = await open(name, 'wx');
    try {
      await file.writeFile(probe);
      await file.sync();
    } finally {
      await file.close();
      await rm(name, { force: true });
    }
  } catch (error) {
    return nameFullDisk(error) === error;
  }
  return true;
}
