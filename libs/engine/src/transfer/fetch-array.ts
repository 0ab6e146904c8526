import { Fault, isFault } from '@holdfast/fault';
import type {
  FetchRequest,
  TensorChunk,
  TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { parseReference, toReference } from './array-reference.js';
import { claimRun, type Place, type Receiver, takePieces } from './receive-array.js';
import { refuseReference, requireGradient } from './require-target.js';
import { takeShared } from './take-shared.js';
import type { TensorPeers } from './tensor-peers.js';
import { parseWireType } from './wire-type.js';

/** What takes arrays from other engines. */
export interface Fetcher extends Receiver {
  /** Engines whose services do not see the shared folder. */
  readonly unseen: Set<string>;
}

interface FetchOptions {
  readonly peers: TensorPeers;
  /** Ends the transfer: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/**
 * Takes an array of another engine into this one: replaces the array of that name, piece by piece where it lies, or adds
 * to it once the whole is there. An array of this engine stays where it is.
 *
 * @throws Fault `invalid` that names the field; what the peer's Share or Read throws; `aborted` while another array is
 *   written to the run.
 */
export async function fetchArray(
  fetcher: Fetcher,
  { source, dataType, addition }: FetchRequest,
  options: FetchOptions,
): Promise<TensorReference> {
  const { engine } = fetcher;
  const moved = { ...source!, engineId: engine.id, address: '' };
  // Whatever engine it lies in, it must be named.
  const target = parseReference(engine, source && moved, 'source');
  if (addition > 0) requireGradient(target, 'source');
  else refuseReference(target, 'source');
  parseWireType(dataType, 'data_type');
  if (source!.engineId === engine.id) return moved;
  const { runId, array: to, version } = target;
  return claimRun(fetcher, runId, async () => {
    const array = addition > 0 ? 'staging' : to;
    await move(fetcher, { source: source!, dataType }, { place: { target, array }, ...options });
    const written =
      addition > 0
        ? await engine.addArray({ runId, from: 'staging', to, version, addition })
        : await engine.setVersion(target);
    return toReference(engine, runId, written);
  });
}

/** Moves the elements: through memory that both services see, or else over the network. */
async function move(
  { engine, unseen }: Fetcher,
  { source, dataType }: { readonly source: TensorReference } & Pick<FetchRequest, 'dataType'>,
  { place, peers, signal }: FetchOptions & { readonly place: Place },
): Promise<void> {
  const peer = connect(peers, source.address);
  const { sharedFolder: folder } = peers;
  if (folder !== undefined && !unseen.has(source.engineId)) {
    const to = { runId: place.target.runId, array: place.array };
    const type = parseWireType(dataType, 'data_type');
    const outcome = await takeShared(engine, { peer, folder, source, type, to, signal });
    if (outcome === 'taken') return;
    if (outcome === 'unseen') unseen.add(source.engineId);
  }
  async function* read(): AsyncGenerator<TensorChunk | undefined> {
    for await (const { chunk } of peer.read({ reference: source, dataType }, { signal })) {
      yield chunk;
    }
  }
  await takePieces(engine, read(), place);
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
