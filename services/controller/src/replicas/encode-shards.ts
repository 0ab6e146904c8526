import { Fault } from '@holdfast/fault';
import type { EncodeRequest, EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, sharedArrayToJSON } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { blamesReplica, type Member, type RunReplicas } from './open-replicas.js';
import { createPatience } from './patience.js';
import { joinResponses, type Shard, takeEncode, weighAttacks } from './shards.js';

/** An embedded batch, and who did what of it. */
export interface EncodedShards {
  readonly response: EncodeResponse;
  readonly shards: readonly Shard[];
  /** Of each shard's call. */
  readonly milliseconds: readonly number[];
}

/** How a batch is divided and by whom it is embedded. */
export interface EncodeShardsOptions {
  readonly replicas: RunReplicas;
  /** Divides it among replicas; also among those that are left. */
  divide(members: readonly Member[]): readonly Shard[];
  readonly leastMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Embeds a batch, each shard in its replica. Where one fails, it is left out and the whole batch is divided anew: a replica
 * keeps one batch of a step.
 *
 * @throws What the first replica failed with, if all did; what was asked wrongly.
 */
export async function encodeShards(
  request: EncodeRequest,
  { replicas, divide, leastMs, signal }: EncodeShardsOptions,
): Promise<EncodedShards> {
  for (;;) {
    const shards = divide(requireHolding(replicas, request.parameters));
    const patience = createPatience({ leastMs });
    const results = await Promise.allSettled(
      shards.map(async (shard) => {
        const { encoder, address } = shard.member.replica;
        const part = takeEncode(request, shard);
        const began = performance.now();
        const response = await patience.wait((giveUp) => encoder.encode(part, { signal: giveUp }), {
          who: address,
          weight: weighAttacks(part),
          signal,
        });
        return { response, milliseconds: performance.now() - began };
      }),
    );
    const failed = loseFailed(shards, results, replicas);
    if (failed !== undefined) throw failed.reason;
    if (results.every((result) => result.status === 'fulfilled')) {
      const done = results.map(({ value }) => value);
      return {
        shards,
        milliseconds: done.map(({ milliseconds }) => milliseconds),
        response: joinResponses(done.map(({ response }) => response)),
      };
    }
  }
}

/**
 * The replicas that have an array.
 *
 * @throws Fault `unavailable` if none has it: those that had are gone.
 */
export function requireHolding(
  replicas: RunReplicas,
  array: ArrayVersion | undefined,
): readonly Member[] {
  const members = array === undefined ? replicas.members() : replicas.holding(array);
  if (members.length > 0) return members;
  throw new Fault(
    'unavailable',
    `no encoder that is left has ${sharedArrayToJSON(array!.array)} at version ${array!.version}`,
  );
}

/**
 * Leaves out the replicas whose part of some work failed, if others did theirs.
 *
 * @returns A failure that nobody else makes good: all failed, or the request is wrong.
 */
export function loseFailed(
  shards: readonly Pick<Shard, 'member'>[],
  results: readonly PromiseSettledResult<unknown>[],
  replicas: RunReplicas,
): { readonly reason: unknown } | undefined {
  const failures = results.flatMap((result, i) =>
    result.status === 'rejected' ? [{ member: shards[i]!.member, reason: result.reason }] : [],
  );
  const wrong = failures.find(({ reason }) => !blamesReplica(reason));
  if (wrong !== undefined) return wrong;
  if (failures.length === results.length) return failures[0];
  for (const { member, reason } of failures) replicas.lose(member, reason);
  return undefined;
}
