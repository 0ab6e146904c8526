import type {
  ArrayVersion,
  DescribeResponse,
  TensorChunk,
  TensorServiceImplementation,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { toReference } from './array-reference.js';
import { fetchArray } from './fetch-array.js';
import { receiveArray } from './receive-array.js';
import { refuseReference, requireGradient } from './require-target.js';
import { shareArray } from './share-array.js';
import { sharedArrays } from './shared-array.js';
import { streamArray } from './stream-array.js';
import { alone, type TensorPeers } from './tensor-peers.js';

/**
 * Makes the service that moves an engine's arrays. One an engine: it alone uses the array `staging`.
 *
 * @param peers whose arrays it may fetch; absent: nobody's
 */
export function createTensorService(
  engine: Engine,
  peers: TensorPeers = alone,
): TensorServiceImplementation {
  const receiver = { engine, busy: new Set<string>(), unseen: new Set<string>() };
  return {
    describe: async ({ runId }) => ({
      ...(await describeRun(engine, runId)),
      address: peers.address(),
    }),
    share: (requests) => shareArray(engine, requests, peers.sharedFolder),
    fetch: async (request, { signal }) => ({
      reference: await fetchArray(receiver, request, { peers, signal }),
    }),
    async *read(request) {
      for await (const chunk of streamArray(engine, request)) yield { chunk };
    },
    async write(requests) {
      const reference = await receiveArray(receiver, takeChunks(requests), {
        accept: (target) => refuseReference(target, 'chunk.reference'),
        finish: async ({ runId, array: to, version }) => {
          const copy = { runId, from: 'staging', to, version } as const;
          return toReference(engine, runId, await engine.copyArray(copy));
        },
      });
      return { reference };
    },
    async accumulate(requests) {
      let addition: number | undefined;
      const chunks = takeChunks(requests, (request) => {
        addition ??= request.addition;
      });
      const reference = await receiveArray(receiver, chunks, {
        accept: (target) => requireGradient(target, 'chunk.reference'),
        finish: async ({ runId, array: to, version }) => {
          const sum = { runId, from: 'staging', to, version, addition: addition ?? 0 } as const;
          return toReference(engine, runId, await engine.addArray(sum));
        },
      });
      return { reference };
    },
  };
}

async function describeRun(
  engine: Engine,
  runId: string,
): Promise<Omit<DescribeResponse, 'address'>> {
  const { sha256, length, parameters } = await engine.describeLayout({ runId });
  const arrays: ArrayVersion[] = [];
  for (const [array, shared] of sharedArrays) {
    const { version } = await engine.readVersion({ runId, array });
    if (version !== undefined) arrays.push({ array: shared, version });
  }
  return {
    arrays,
    engineId: engine.id,
    layoutSha256: sha256,
    elementCount: BigInt(length),
    parameters: parameters.map(({ name, shape, offset }) => ({
      name,
      shape: shape.map(BigInt),
      offsetElements: BigInt(offset),
    })),
  };
}

async function* takeChunks<Request extends { chunk?: TensorChunk | undefined }>(
  requests: AsyncIterable<Request>,
  onRequest: (request: Request) => void = () => {},
): AsyncGenerator<TensorChunk | undefined> {
  for await (const request of requests) {
    onRequest(request);
    yield request.chunk;
  }
}
