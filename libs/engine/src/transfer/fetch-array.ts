import { Fault, isFault } from '@holdfast/fault';
import type {
  FetchRequest,
  TensorChunk,
  TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { parseReference, toReference } from './array-reference.js';
import { type Destination, type Receiver, receiveArray } from './receive-array.js';
import { refuseReference, requireGradient } from './require-target.js';
import type { TensorPeers } from './tensor-peers.js';

/**
 * Takes an array of another engine into this one: replaces the array of that name, piece by piece where it lies, or adds
 * to it once the whole is there. An array of this engine stays where it is.
 *
 * @throws Fault `invalid` that names the field; what the peer's Read throws; `aborted` while another array is
 *   written to the run.
 */
export async function fetchArray(
  receiver: Receiver,
  { source, dataType, addition }: FetchRequest,
  { peers, signal }: { readonly peers: TensorPeers; readonly signal: AbortSignal },
): Promise<TensorReference> {
  const { engine } = receiver;
  const moved = { ...source!, engineId: engine.id, address: '' };
  // Whatever engine it lies in, it must be named.
  const target = parseReference(engine, source && moved, 'source');
  if (addition > 0) requireGradient(target, 'source');
  else refuseReference(target, 'source');
  if (source!.engineId === engine.id) return moved;
  const peer = connect(peers, source!.address);
  async function* relabel(): AsyncGenerator<TensorChunk | undefined> {
    for await (const { chunk } of peer.read({ reference: source, dataType }, { signal })) {
      yield chunk && { ...chunk, reference: moved };
    }
  }
  const replace: Destination<TensorReference> = {
    accept: () => {},
    staged: false,
    finish: async (named) => toReference(engine, named.runId, await engine.setVersion(named)),
  };
  const add: Destination<TensorReference> = {
    ...replace,
    staged: true,
    async finish({ runId, array: to, version }) {
      const sum = { runId, from: 'staging', to, version, addition } as const;
      return toReference(engine, runId, await engine.addArray(sum));
    },
  };
  return receiveArray(receiver, relabel(), addition > 0 ? add : replace);
}

/** The peer at an address; names the field where it is none. */
function connect(peers: TensorPeers, address: string): ReturnType<TensorPeers['connect']> {
  try {
    return peers.connect(address);
  } catch (error) {
    if (!isFault(error) || error.kind !== 'invalid') throw error;
    const field = 'source.address';
    const violations = [{ field, description: error.message }];
    throw new Fault('invalid', `${field}: ${error.message}`, { violations, cause: error });
  }
}
