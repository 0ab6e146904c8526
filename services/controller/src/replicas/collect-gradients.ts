import { Fault } from '@holdfast/fault';
import type {
  BackpropagateRequest,
  BackpropagateResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { DataType, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { loseFailed } from './encode-shards.js';
import { leaveOutUnlessWell, moveArray } from './move-array.js';
import type { Member, RunReplicas } from './open-replicas.js';
import { createPatience, type Patience } from './patience.js';
import { type Shard, takeBackpropagate } from './shards.js';
import type { TensorHolder } from './share-tensor.js';

/** Whose gradients are collected, and where. */
export interface CollectOptions {
  readonly replicas: RunReplicas;
  readonly optimizer: TensorHolder;
  /** With transfers of other steps. */
  readonly transfers: Patience;
  /** How gradients travel. */
  readonly dataType: DataType;
  readonly leastMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The gradient of a whole batch, and how long each replica took for its part. */
export interface CollectedGradient {
  readonly gradient: TensorReference;
  readonly milliseconds: readonly number[];
}

/**
 * Takes each shard back in its replica, and adds the gradients in the optimizer's engine: the first is written there, the others
 * are added to it in the order of the shards, whoever is done first.
 *
 * @throws Fault `not-retained` where a replica was left out, so that the step is repeated from Encode on. What was added by
 *   then is overwritten by the first gradient of the repetition.
 */
export async function collectGradients(
  request: BackpropagateRequest,
  shards: readonly Shard[],
  { replicas, optimizer, transfers, dataType, leastMs, signal }: CollectOptions,
): Promise<CollectedGradient> {
  const patience = createPatience({ leastMs });
  const backward = shards.map(async (shard) => {
    const { encoder, address } = shard.member.replica;
    const began = performance.now();
    const response = await patience.wait(
      (giveUp) => encoder.backpropagate(takeBackpropagate(request, shard), { signal: giveUp }),
      { who: address, signal },
    );
    return { response, milliseconds: performance.now() - began };
  });
  const settled = Promise.allSettled(backward);
  let sum: Promise<TensorReference> | undefined;
  const added = shards.map(({ member }, i) => {
    const before = sum;
    const adding = (async () => {
      await before;
      const gradient = requireGradient((await backward[i]!).response, member);
      return moveArray(gradient, member, optimizer, {
        transfers,
        dataType,
        addition: i,
        who: member,
        signal,
      });
    })();
    sum = adding;
    return adding;
  });
  const moved = await Promise.allSettled(added);
  const results = await settled;
  const failed = loseFailed(shards, results, replicas);
  if (failed !== undefined) throw failed.reason;
  const first = moved.findIndex(({ status }) => status === 'rejected');
  if (first < 0) {
    const done = await Promise.all(backward);
    return {
      gradient: (await sum)!,
      milliseconds: done.map(({ milliseconds }) => milliseconds),
    };
  }
  const { reason } = moved[first] as PromiseRejectedResult;
  const isDone = results.every(({ status }) => status === 'fulfilled');
  // Was it the optimizer's side, or the replica's?
  const { member } = shards[first]!;
  const isOut =
    isDone && (await leaveOutUnlessWell(member, reason, { replicas, runId: request.runId }));
  throw isDone && !isOut ? reason : repeatStep(reason);
}

function repeatStep(reason: unknown): Fault {
  const message = reason instanceof Error ? reason.message : String(reason);
  return new Fault('not-retained', `an encoder was left out: ${message}`, { cause: reason });
}

function requireGradient({ gradient }: BackpropagateResponse, { replica }: Member) {
  if (gradient !== undefined) return gradient;
  throw new Fault('internal', `the encoder at ${replica.address} answered no gradient`);
}
