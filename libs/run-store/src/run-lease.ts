import {
  type Fence,
  noFence,
  openLeaseStore,
  outwaitLease,
  readLease,
  removeTemporaries,
  type TakeLeaseOptions,
  takeLease,
  toName,
} from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { endWriting, pullLeasedRun } from './pull-run.js';
import type { RunFolder } from './run-folder.js';

/** The right to work on a run, for all who write into its folder. */
export interface RunLease {
  /** Grows with each taking: what another service is asked on behalf of an earlier one is refused. Undefined: nobody else knows the run. */
  readonly term: number | undefined;
  /** @throws Fault `aborted` saying who took the run over, where somebody did. */
  readonly requireHeld: Fence;
  /** Gives the run back. */
  release(): Promise<void>;
}

/** Of a folder that nobody else knows. */
export const unshared: RunLease = {
  term: undefined,
  requireHeld: noFence,
  release: async () => {},
};

/**
 * Takes a run's folder for this process, so that it has one writer, whichever machines see it.
 *
 * One that its owner left behind is taken over: at once where that process is gone for certain, otherwise when the owner has not
 * renewed its lease for as long as it says. Of what the former owner was writing nothing appears any more.
 *
 * @throws Fault `aborted` saying who works on the run, if somebody does.
 */
export async function leaseRun(folder: RunFolder, options?: TakeLeaseOptions): Promise<RunLease> {
  const lease = await takeLease(openLeaseStore(folder.lease), options);
  if ('holder' in lease) throw refuseHeld(folder, lease.holder.name);
  const { path, checkpoints, candidate } = folder;
  try {
    if (lease.term > 1) {
      for (const place of [path, checkpoints, candidate]) await removeTemporaries(place);
    }
    await pullLeasedRun(folder);
  } catch (error) {
    await lease.release();
    throw error;
  }
  return {
    term: lease.term,
    requireHeld: () => lease.requireHeld(),
    async release() {
      await endWriting(folder);
      await lease.release();
    },
  };
}

/** Who works on a run, for messages; undefined where nobody does, as far as this process has seen. */
export async function findRunOwner({ lease }: RunFolder): Promise<string | undefined> {
  return (await readLease(openLeaseStore(lease))).holder?.name;
}

/**
 * As {@link findRunOwner}, once it is certain whether that one lives: after some seconds.
 *
 * @throws Fault `cancelled` where the signal aborts.
 */
export async function awaitRunOwner(
  { lease }: RunFolder,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return (await outwaitLease(openLeaseStore(lease), signal)).holder?.name;
}

/** The refusal of a run that somebody works on. */
export function refuseHeld({ path }: RunFolder, owner: string): Fault {
  return new Fault('aborted', `${toName(path)}: ${owner} is working on this run; stop it first`);
}
