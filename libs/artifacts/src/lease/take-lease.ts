import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@holdfast/fault';
import { describeOwner, formatOwner, parseOwner } from './lease-owner.js';
import type { LeaseStore, LeaseTerm } from './lease-store.js';
import { type LeaseHolder, type LeaseState, readLease } from './read-lease.js';

/** A lease that this process took. Renewed until it is released. */
export interface Lease {
  /** Its fencing token: grows with each taking, so that of two who believe to hold it the later one is known. */
  readonly term: number;
  /** @throws Fault `aborted` saying who took it over, where somebody did. */
  requireHeld(): Promise<void>;
  /** Gives it back. Releasing twice changes nothing. */
  release(): Promise<void>;
}

/** How a lease is taken. */
export interface TakeLeaseOptions {
  /** Milliseconds without renewal after which another may take it. Default 15 s. */
  readonly lengthMs?: number;
  /** Stops waiting for one that may be left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** Renewals in a lease's length: a few may be late. */
const renewalsPerLength = 5;
/** Between two looks at another's lease. */
const lookMs = 50;

/** Names of this process's owners: it lives, so that nobody waits for what these hold. */
const ownIds = new Set<string>();

/**
 * Looks at a lease until it may be taken, or is renewed: its holder lives. Takes at most the lease's length.
 *
 * @throws Fault `cancelled` where the signal aborts.
 */
export async function outwaitLease(store: LeaseStore, signal?: AbortSignal): Promise<LeaseState> {
  const first = await readLease(store);
  for (let now = first; ; now = await readLease(store)) {
    const { holder } = now;
    if (holder === undefined || ownIds.has(holder.id ?? '')) return now;
    if (now.term !== first.term || holder.mark !== first.holder?.mark) return now;
    await delay(Math.min(lookMs, holder.leftMs), undefined, { signal }).catch((cause) => {
      throw new Fault('cancelled', `stopped while ${holder.name} held ${store.path}`, { cause });
    });
  }
}

/**
 * Takes a lease for this process; answers who holds it, where somebody does. One that was left behind by a process of this
 * machine is taken at once, any other when it has not been renewed for its length. The former owner of one that is taken over
 * may go on later: what it writes must be held against {@link Lease.requireHeld}.
 */
export async function takeLease(
  store: LeaseStore,
  { lengthMs = 15_000, signal }: TakeLeaseOptions = {},
): Promise<Lease | { readonly holder: LeaseHolder }> {
  for (;;) {
    const { term: before, holder } = await outwaitLease(store, signal);
    if (holder !== undefined) return { holder };
    const term = before + 1;
    const owner = await describeOwner(lengthMs);
    ownIds.add(owner.id);
    // Where another was quicker, it is who holds it now.
    if (await store.create(term, JSON.stringify(owner))) return hold(store, term, owner);
    ownIds.delete(owner.id);
  }
}

function hold(
  store: LeaseStore,
  term: number,
  { id, lengthMs }: { readonly id: string; readonly lengthMs: number },
): Lease {
  const everyMs = Math.ceil(lengthMs / renewalsPerLength);
  let isRenewing = false;
  // What fails or hangs is tried again, one at a time: as long as nobody took it over, it is held.
  async function renew() {
    if (isRenewing) return;
    isRenewing = true;
    await store.renew(term, AbortSignal.timeout(everyMs)).catch(() => {});
    isRenewing = false;
  }
  const timer = setInterval(() => void renew(), everyMs).unref();
  let released: Promise<void> | undefined;
  // Where terms begin at 1 again, a later owner's may be the same.
  const isOwn = (newest: LeaseTerm | undefined) =>
    newest?.term === term && parseOwner(newest)?.id === id;
  async function giveBack() {
    if (isOwn(await store.readNewest())) await store.release(term);
  }
  return {
    term,
    async requireHeld() {
      const newest = await store.readNewest();
      if (isOwn(newest)) return;
      const by = newest === undefined ? 'somebody who removed it' : formatOwner(parseOwner(newest));
      throw new Fault(
        'aborted',
        `${store.path} was taken over by ${by}, because this process did not renew it in time; what it had not saved is left to that one`,
      );
    },
    release() {
      clearInterval(timer);
      // What fails is not renewed any more, and so ends by itself.
      released ??= giveBack()
        .catch(() => {})
        .finally(() => ownIds.delete(id));
      return released;
    },
  };
}
