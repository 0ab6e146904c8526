import { formatOwner, parseOwner } from './lease-owner.js';
import type { LeaseStore, LeaseTerm } from './lease-store.js';
import { isGone } from './process-identity.js';

/** Who holds a lease. */
export interface LeaseHolder {
  /** "process 4711 of host a (since ...)", for messages. */
  readonly name: string;
  /** Random name that the owner gave itself; undefined where it has not written it yet. */
  readonly id: string | undefined;
  /** Changes with each renewal. */
  readonly mark: string;
  /** Milliseconds on this process's clock until anybody may take it, unless it is renewed. */
  readonly leftMs: number;
}

/** A lease as it is found. */
export interface LeaseState {
  /** Its newest term, 0 before the first. */
  readonly term: number;
  /** Undefined where it may be taken. */
  readonly holder: LeaseHolder | undefined;
}

/** Of an owner that has not written its own, or whose own makes no sense. */
const lengthDefaultMs = 15_000;
const lengthMaxMs = 60_000;

/** Since when this process has seen leases of others as they are, by their path. */
const seen = new Map<string, { readonly mark: string; readonly atMs: number }>();

function observe(path: string, { term, mark }: LeaseTerm): number {
  const found = `${term} ${mark}`;
  const before = seen.get(path);
  if (before?.mark === found) return before.atMs;
  const atMs = performance.now();
  seen.set(path, { mark: found, atMs });
  return atMs;
}

/**
 * Whether a lease is held. It is not where it was given back, its owner is gone for certain, or it has not been renewed for
 * its length. How long that is this process measures by itself, from one call to a later one, so that clocks of
 * different machines are never compared.
 */
export async function readLease(store: LeaseStore): Promise<LeaseState> {
  const newest = await store.readNewest();
  if (newest === undefined) return { term: 0, holder: undefined };
  const { term, mark, isReleased } = newest;
  const owner = parseOwner(newest);
  if (isReleased || (owner !== undefined && (await isGone(owner)))) {
    seen.delete(store.path);
    return { term, holder: undefined };
  }
  const lengthMs = Math.min(owner?.lengthMs ?? lengthDefaultMs, lengthMaxMs);
  const leftMs = observe(store.path, newest) + lengthMs - performance.now();
  if (leftMs <= 0) return { term, holder: undefined };
  return { term, holder: { name: formatOwner(owner), id: owner?.id, mark, leftMs } };
}
