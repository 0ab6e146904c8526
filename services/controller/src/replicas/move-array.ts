import { Fault, isFault } from '@holdfast/fault';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Member, RunReplicas } from './open-replicas.js';
import type { Patience } from './patience.js';
import { type ShareOptions, shareTensor, type TensorHolder } from './share-tensor.js';

/** How long a replica may take to say that it is there. */
const probeMs = 5000;

/** For whom an array is moved, and with what patience. */
export interface MoveOptions extends ShareOptions {
  readonly transfers: Patience;
  readonly who: Member;
}

/**
 * Moves an array between a replica and the optimizer, as {@link shareTensor} does.
 *
 * @throws Fault `unavailable` also where the receiver was still busy with a transfer that was given up: the step is repeated.
 */
export async function moveArray(
  array: TensorReference,
  from: TensorHolder,
  to: TensorHolder,
  { transfers, who, signal, ...how }: MoveOptions,
): Promise<TensorReference> {
  const { address } = who.replica;
  try {
    const share = (giveUp: AbortSignal) => shareTensor(array, from, to, { ...how, signal: giveUp });
    return await transfers.wait(share, { who: address, signal });
  } catch (error) {
    if (!isFault(error) || error.kind !== 'aborted') throw error;
    throw new Fault('unavailable', error.message, { cause: error });
  }
}

/** A transfer failed: the replica is left out unless it answers and has the run. Answers whether it is out. */
export async function leaveOutUnlessWell(
  member: Member,
  reason: unknown,
  { replicas, runId }: { readonly replicas: RunReplicas; readonly runId: string },
): Promise<boolean> {
  const signal = AbortSignal.timeout(probeMs);
  const isWell = await member.tensors.describe({ runId }, { signal }).then(
    () => true,
    () => false,
  );
  return !isWell && isFault(reason) && replicas.lose(member, reason);
}
