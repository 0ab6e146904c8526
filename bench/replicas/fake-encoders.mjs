// Encoders of a set speed, each a server of its own in this process: embeddings and gradients are zeros, times and bytes are real.
//
//   node bench/replicas/fake-encoders.mjs '{ "count": 4, "imageMs": 2, "layout": {...} }'      # prints their addresses
import { setTimeout as delay } from 'node:timers/promises';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  DataType,
  SharedArray,
  TensorServiceDefinition,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRemoteClient, defineService, startServer } from '@holdfast/service-kit';

const { count, imageMs, layoutSha256, elementCount, width } = JSON.parse(process.argv[2]);
const chunkElements = 2 ** 18;
const zeros = Buffer.alloc(4 * chunkElements);

const matrix = (rows) => ({
  dataType: DataType.DATA_TYPE_FLOAT32,
  shape: [rows, width],
  data: Buffer.alloc(4 * rows * width),
});

/** A third of the time is the way forward, as in training. */
async function compute(images, share) {
  await delay(images * imageMs * share);
}

async function startEncoder(i) {
  const engineId = `fake-${i}`;
  let images = 0;
  const peers = new Map();
  const connect = (address) => {
    if (!peers.has(address))
      peers.set(address, createRemoteClient(TensorServiceDefinition, { address }));
    return peers.get(address).client;
  };
  const refuse = async () => {
    throw new Error('a fake does not do this');
  };
  const encoder = {
    getInfo: async () => ({ engineId }),
    loadModel: refuse,
    openSamples: refuse,
    prepareTraining: refuse,
    unloadModel: refuse,
    prefetch: async ({ batches }) => ({ accepted: batches.length }),
    async encode(request) {
      images = request.images?.samples.length ?? 0;
      await compute(images, 1 / 3);
      return {
        imageEmbeddings: images === 0 ? undefined : matrix(images),
        textEmbeddings: request.texts && matrix(request.texts.texts.length),
      };
    },
    async backpropagate({ runId, step }) {
      await compute(images, 2 / 3);
      const array = SharedArray.SHARED_ARRAY_GRADIENT;
      return { gradient: { engineId, runId, array, version: step, address: '' } };
    },
  };
  let address = '';
  const tensors = {
    describe: async () => ({
      engineId,
      address,
      layoutSha256,
      elementCount,
      parameters: [],
      arrays: [],
    }),
    write: refuse,
    accumulate: refuse,
    async *read({ reference }) {
      for (let at = 0; at < elementCount; at += chunkElements) {
        const data = zeros.subarray(0, 4 * Math.min(chunkElements, elementCount - at));
        const dataType = DataType.DATA_TYPE_FLOAT32;
        yield { chunk: { reference, layoutSha256, dataType, offsetElements: BigInt(at), data } };
      }
    },
    async fetch({ source, dataType }) {
      for await (const _ of connect(source.address).read({ reference: source, dataType }));
      return { reference: { ...source, engineId } };
    },
  };
  const server = await startServer({
    services: [
      defineService(EncoderServiceDefinition, encoder),
      defineService(TensorServiceDefinition, tensors),
    ],
  });
  address = server.address;
  return address;
}

const addresses = await Promise.all(Array.from({ length: count }, (_, i) => startEncoder(i)));
console.log(JSON.stringify(addresses));
