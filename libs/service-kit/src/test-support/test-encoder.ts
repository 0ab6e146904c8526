import { Fault } from '@holdfast/fault';
import {
  type EncoderServiceClient,
  EncoderServiceDefinition,
  type EncoderServiceImplementation,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  DataType,
  type TensorServiceClient,
  TensorServiceDefinition,
  type TensorServiceImplementation,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { collectViolations } from '../collect-violations.js';
import { createInProcessClient } from '../create-in-process-client.js';
import { createRemoteClient, type RemoteClientOptions } from '../create-remote-client.js';
import { defineService, type ServerOptions, startServer } from '../start-server.js';

/** What the fixture's handlers saw. */
export interface Seen {
  /** Whether a handler learned that its caller left. */
  stopped: boolean;
  requests: unknown[];
  /** What Encode throws, where a test sets it. */
  fault?: Fault;
  /** Resolves what a blocked handler waits for. */
  release: () => void;
}

/** A service for tests of the kit: its handlers echo, fail, stream and block by the run's name. */
export function createEncoderFixture(): {
  readonly implementation: EncoderServiceImplementation;
  readonly seen: Seen;
} {
  const seen: Seen = { stopped: false, requests: [], release: () => {} };
  const implementation: EncoderServiceImplementation = {
    async getInfo() {
      return { threads: 2 };
    },
    async loadModel() {
      return { embeddingSize: 64 };
    },
    async *openSamples(request, { signal }) {
      seen.requests.push(request);
      try {
        for (let i = 0; request.runId === 'endless' ? !signal.aborted : i < 3; i += 1) {
          yield { imagesPrepared: i };
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        seen.stopped = true;
      }
      if (request.runId === 'fails late') throw new Fault('not-found', 'no such model');
      yield { opened: { badImages: [{ sample: 64 }] } };
    },
    async *prepareTraining() {
      yield { prepared: {} };
    },
    async unloadModel() {
      return {};
    },
    async prefetch() {
      return {};
    },
    async encode(request, { signal }) {
      seen.requests.push(request);
      if (seen.fault !== undefined) throw seen.fault;
      if (request.runId === 'blocked') {
        signal.addEventListener('abort', () => {
          seen.stopped = true;
        });
        await new Promise<void>((resolve) => {
          seen.release = resolve;
        });
      }
      if (request.runId === 'broken') throw new TypeError('undefined is not a function');
      if (request.runId === 'refused') {
        const description = 'must be below 10';
        throw new Fault('invalid', 'Encode is invalid: näh', {
          violations: [
            { field: 'images.samples[3]', description },
            { field: 'step', description },
          ],
        });
      }
      const { samples } = request.images ?? { samples: [] };
      return {
        imageEmbeddings: {
          dataType: DataType.DATA_TYPE_FLOAT32,
          shape: [samples.length, 1],
          data: Buffer.from(Float32Array.from(samples).buffer),
        },
      };
    },
    async backpropagate(request) {
      const violations = collectViolations('Backpropagate');
      violations.require(request.imageGradients !== undefined, 'image_gradients', 'is required');
      violations.throwIfAny();
      return {};
    },
  };
  return { implementation, seen };
}

/** The second service of the fixture: its streams go the other way. */
export const tensorService: TensorServiceImplementation = {
  async describe() {
    return {};
  },
  async *read({ reference }) {
    yield { chunk: { reference, data: Buffer.from([1, 2, 3, 4]) } };
  },
  async write(requests) {
    let bytes = 0;
    for await (const { chunk } of requests) bytes += chunk?.data.byteLength ?? 0;
    return { reference: { version: bytes } };
  },
  async accumulate() {
    return {};
  },
  async *share() {
    yield {};
  },
  async fetch() {
    return {};
  },
};

/** The fixture behind a client, and what ends it. */
export interface Connection {
  readonly client: EncoderServiceClient;
  readonly tensors: TensorServiceClient;
  readonly seen: Seen;
  close(): Promise<void>;
}

/** The fixture in this process. */
export async function connectInProcess(): Promise<Connection> {
  const { implementation, seen } = createEncoderFixture();
  const client = createInProcessClient(EncoderServiceDefinition, implementation);
  const tensors = createInProcessClient(TensorServiceDefinition, tensorService);
  return { client, tensors, seen, close: async () => {} };
}

/** The fixture behind a socket on a free port. */
export async function connectRemotely(
  server: Omit<ServerOptions, 'services'> = {},
  options: Omit<RemoteClientOptions, 'address'> = {},
): Promise<Connection & { readonly address: string; readonly metricsPort?: number | undefined }> {
  const { implementation, seen } = createEncoderFixture();
  const running = await startServer({
    ...server,
    services: [
      defineService(EncoderServiceDefinition, implementation),
      defineService(TensorServiceDefinition, tensorService),
    ],
  });
  const at = { ...options, address: running.address };
  const remote = createRemoteClient(EncoderServiceDefinition, at);
  const tensors = createRemoteClient(TensorServiceDefinition, at);
  return {
    client: remote.client,
    tensors: tensors.client,
    seen,
    address: running.address,
    metricsPort: running.metricsPort,
    close: async () => {
      remote.close();
      tensors.close();
      seen.release();
      await running.close(1000);
    },
  };
}
