import { setTimeout as delay } from 'node:timers/promises';
import type { OpenedEncoder } from '@holdfast/evaluation';
import { describeError, Fault, isFault } from '@holdfast/fault';
import type {
  ArrayVersion,
  DescribeResponse,
  SharedArray,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createPatience } from './patience.js';
import type { Replica, ReplicaSource } from './replica.js';
import type { TensorHolder } from './share-tensor.js';

/** A replica in which the run is open. */
export interface Member extends TensorHolder {
  readonly tensors: Replica['tensors'];
  readonly replica: Replica;
  readonly opened: OpenedEncoder;
  readonly layout: DescribeResponse;
  /** Version of each array that it has. */
  readonly holds: Map<SharedArray, number>;
  /** Images a second in steps, smoothed; undefined before its first. */
  speed: number | undefined;
}

/** A replica that joined or left. */
export interface ReplicaChange {
  readonly event: 'joined' | 'left';
  readonly address: string;
  /** Why it left. */
  readonly reason?: string;
  /** Those that are left, or there. */
  readonly count: number;
}

/** The replicas of a run. */
export interface RunReplicas {
  /** Those that have an array of this version, in the order in which gradients are added; an only encoder is asked whether it does. */
  holding(array: ArrayVersion): readonly Member[];
  /** All that are open, in the same order; never none. */
  members(): readonly Member[];
  /** Leaves out one that failed, to be opened again; the last one stays. Answers whether it is out. */
  lose(member: Member, fault: Fault): boolean;
  /** One that did its part is trusted again. */
  trust(member: Member): void;
  /** Gives up what is being opened. */
  close(): Promise<void>;
}

/** How the replicas of a run are opened. */
export interface OpenReplicasOptions {
  readonly source: ReplicaSource;
  /** They come and go: one that is missing is tried again, and one that is new is opened. */
  readonly come: boolean;
  /** Opens the run in one of them, anew. */
  open(replica: Replica, signal: AbortSignal): Promise<Pick<Member, 'opened' | 'layout'>>;
  readonly onChange: (change: ReplicaChange) => void;
  readonly signal: AbortSignal;
}

/** How long a run waits for its first replica. */
const firstMs = 60_000;
/** How often it is looked whether one has come. */
const lookMs = 1000;
/** Time until one that failed n times is tried again: min(2^(n-1), 30) s. */
const backoffMs = (failures: number) => Math.min(1000 * 2 ** (failures - 1), 30_000);

/** Whether a failure is that of a replica, and not of what it was asked. */
export function blamesReplica(error: unknown): error is Fault {
  return isFault(error) && !['invalid', 'aborted', 'diverged', 'cancelled'].includes(error.kind);
}

/**
 * Opens a run in every replica, side by side, and waits until each is open or has failed; later, those that come are opened in
 * the background.
 *
 * @throws What the first one failed with, if none can be opened.
 */
export async function openReplicas(options: OpenReplicasOptions): Promise<RunReplicas> {
  const { source, come, open, onChange } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  let members: readonly Member[] = [];
  /** Of those that failed since they last did their part. */
  const failures = new Map<string, { count: number; dueAt: number }>();
  const opening = new Map<string, Promise<unknown>>();

  /** Engines that are being opened. */
  const claimed = new Set<string>();

  /** Opens one, but not by a second address: opening begins by throwing away what it has of the run. */
  async function claim(replica: Replica, giveUp: AbortSignal): Promise<void> {
    const { engineId } = await replica.encoder.getInfo({}, { signal: giveUp });
    if (claimed.has(engineId) || members.some((member) => member.engineId === engineId)) {
      throw new Fault(
        'precondition',
        `the encoder at ${replica.address} is there under another address, too`,
      );
    }
    claimed.add(engineId);
    await admit(replica, giveUp).finally(() => claimed.delete(engineId));
  }

  async function admit(replica: Replica, giveUp: AbortSignal): Promise<void> {
    const { opened, layout } = await open(replica, giveUp);
    if (giveUp.aborted) throw new Fault('cancelled', `opening ${replica.address} was given up`);
    const member: Member = {
      replica,
      opened,
      layout,
      engineId: layout.engineId,
      address: layout.address,
      tensors: replica.tensors,
      holds: new Map(layout.arrays.map(({ array, version = 0 }) => [array, version])),
      speed: undefined,
    };
    requireAlike(member, members);
    members = sortAsListed([...members, member], source.list());
    onChange({ event: 'joined', address: replica.address, count: members.length });
  }

  const join = come ? claim : admit;

  /** Answers how often it failed in a row. */
  function fail(address: string): number {
    const count = (failures.get(address)?.count ?? 0) + 1;
    failures.set(address, { count, dueAt: performance.now() + backoffMs(count) });
    return count;
  }

  function tellLeft(address: string, error: unknown): void {
    onChange({ event: 'left', address, reason: describeError(error), count: members.length });
  }

  /** One that cannot be opened is told of once. */
  function failOpening(address: string, error: unknown): void {
    if (fail(address) === 1 && !signal.aborted) tellLeft(address, error);
  }

  async function openListed(): Promise<void> {
    const patience = createPatience({ leastMs: firstMs });
    const listed = source.list();
    const results = await Promise.allSettled(
      listed.map((replica) =>
        patience.wait((giveUp) => join(replica, giveUp), { who: replica.address, signal }),
      ),
    );
    if (members.length === 0) {
      const [first] = results.filter((result) => result.status === 'rejected');
      throw first?.reason ?? new Fault('unavailable', 'no encoder is there');
    }
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') failOpening(listed[i]!.address, result.reason);
    }
  }

  async function openFirst(): Promise<void> {
    const until = performance.now() + firstMs;
    for (;;) {
      try {
        return await openListed();
      } catch (error) {
        const waits = come && isFault(error) && error.kind === 'unavailable';
        if (!waits || performance.now() > until) throw error;
        await delay(lookMs, undefined, { signal }).catch(() => {});
        if (signal.aborted) throw new Fault('cancelled', 'stopped while no encoder was there');
      }
    }
  }

  function openNew(): void {
    const listed = source.list();
    for (const address of failures.keys()) {
      if (!listed.some((replica) => replica.address === address)) failures.delete(address);
    }
    for (const replica of listed) {
      const { address } = replica;
      if (opening.has(address) || members.some((member) => member.replica.address === address)) {
        continue;
      }
      if ((failures.get(address)?.dueAt ?? 0) > performance.now()) continue;
      const opened = join(replica, signal)
        .catch((error) => failOpening(address, error))
        .finally(() => opening.delete(address));
      opening.set(address, opened);
    }
  }

  await openFirst();
  const timer = come ? setInterval(openNew, lookMs).unref() : undefined;
  return {
    members: () => members,
    holding: ({ array, version = 0 }) =>
      come ? members.filter(({ holds }) => holds.get(array) === version) : members,
    lose(member, fault) {
      if (members.length === 1) return false;
      members = members.filter((other) => other !== member);
      fail(member.replica.address);
      tellLeft(member.replica.address, fault);
      return true;
    },
    trust: ({ replica }) => void failures.delete(replica.address),
    async close() {
      clearInterval(timer);
      closing.abort();
      await Promise.allSettled(opening.values());
    },
  };
}

function sortAsListed(members: readonly Member[], listed: readonly Replica[]): readonly Member[] {
  const rank = ({ replica: { address } }: Member) => {
    const index = listed.findIndex((replica) => replica.address === address);
    return index < 0 ? listed.length : index;
  };
  return members.toSorted((a, b) => rank(a) - rank(b));
}

/** @throws Fault `precondition` unless a replica computes the same as the others. */
function requireAlike(member: Member, [first]: readonly Member[]): void {
  if (first === undefined) return;
  const bad = ({ opened }: Member) => opened.badImages.map(({ sample }) => sample).join(' ');
  if (first.opened.modelSha256 !== member.opened.modelSha256) {
    throw differ(member, `reads another model than ${first.replica.address}`);
  }
  if (first.layout.layoutSha256 !== member.layout.layoutSha256) {
    throw differ(member, `trains other parameters than ${first.replica.address}`);
  }
  if (bad(first) !== bad(member)) {
    throw differ(member, `cannot read the same images as ${first.replica.address}`);
  }
}

function differ({ replica }: Member, how: string): Fault {
  return new Fault('precondition', `the encoder at ${replica.address} ${how}`);
}
