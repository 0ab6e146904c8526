import { randomUUID } from 'node:crypto';
import type { LeaseTerm } from './lease-store.js';
import { identifyProcess, type ProcessIdentity } from './process-identity.js';

/** What an owner writes of itself. */
export interface LeaseOwner extends ProcessIdentity {
  /** Random: a process takes a lease more than once. */
  readonly id: string;
  /** When it took the lease, ISO 8601, by its own clock: for a person. */
  readonly since: string;
  /** Milliseconds without renewal after which anybody may take the lease. */
  readonly lengthMs: number;
}

/** This process, as it takes a lease. */
export async function describeOwner(lengthMs: number): Promise<LeaseOwner> {
  const since = new Date().toISOString();
  return { id: randomUUID(), ...(await identifyProcess()), since, lengthMs };
}

/** The owner of a term; undefined where its record is torn. */
export function parseOwner({ record }: LeaseTerm): LeaseOwner | undefined {
  try {
    return JSON.parse(record) as LeaseOwner;
  } catch {
    return undefined;
  }
}

/** "process 4711 of host a (since 2026-01-01T00:00:00.000Z)", for messages. */
export function formatOwner(owner: LeaseOwner | undefined): string {
  if (owner === undefined) return 'another process';
  return `process ${owner.processId} of host ${owner.host} (since ${owner.since})`;
}
