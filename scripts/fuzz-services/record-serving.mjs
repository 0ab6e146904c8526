// The requests of callers of a serving encoder, as bytes: what is changed and sent again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRemoteClient } from '../../libs/service-kit/dist/index.js';
import { ServingServiceDefinition } from '../../proto/dist/holdfast/serving/v1/serving.js';
import { GRPCInferenceServiceDefinition } from '../../proto/dist/inference/inference.js';

/** The sides of the example's model. */
const shape = [3, 32, 32];

/**
 * Asks an encoder that has the model `sign@1` for everything once, and says what it was asked: calls as of `recordCorpus`.
 *
 * @param example folder of the example
 */
export async function recordServing(address, example) {
  const calls = [];
  const ask = async ({ fullName, methods }, client, requests) => {
    for (const [name, request] of requests) {
      const { requestType, requestStream } = methods[name];
      const list = requestStream ? request : [request];
      const messages = list.map((each) => {
        const bytes = requestType.encode(requestType.fromPartial(each)).finish();
        return Buffer.from(bytes);
      });
      calls.push({ path: `/${fullName}/${methods[name].name}`, messages });
      const answer = client[name](requestStream ? toStream(list) : request);
      if (requestStream) for await (const _ of answer);
      else await answer;
    }
  };

  const model = join(example, 'model');
  const modelUri = pathToFileURL(model).href;
  const { text_config: text } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
  const ids = [text.bos_token_id, 5, text.eos_token_id];
  const photos = join(example, 'images/train');
  const files = readdirSync(photos, { recursive: true })
    .filter((name) => name.endsWith('.png'))
    .sort()
    .slice(0, 2)
    .map((name) => join(photos, name));
  const data = files.map((file) => readFileSync(file));
  const elements = shape.reduce((product, extent) => product * extent);
  const pixels = Buffer.from(Float32Array.from({ length: elements }, (_, i) => i % 3).buffer);
  const images = [
    { source: { $case: 'data', value: data[0] } },
    { source: { $case: 'uri', value: pathToFileURL(files[1]).href } },
  ];
  const classes = [
    { name: 'stop', prompts: ['a stop sign', 'a red octagon'] },
    { name: 'truck', prompts: ['a truck'] },
  ];
  const texts = { texts: ['a stop sign', 'größer'], heads: [-1, -1] };
  const alias = { alias: 'champion', model: 'sign', version: '1' };
  const shadow = { model: 'sign', version: '2', share: 0.5 };
  const embed = { model: 'sign', images, texts };
  const pixelValues = { dataType: 1, shape: [1, ...shape], data: pixels };
  const prepared = { model: 'sign', version: '1', tokenIds: [{ ids }], pixelValues };
  await asking(ServingServiceDefinition, address, (client) =>
    ask(ServingServiceDefinition, client, [
      ['loadModel', { model: 'sign', version: '2', modelUri, classes }],
      ['listModels', {}],
      ['setAlias', { alias: { ...alias, shadow } }],
      ['embed', embed],
      ['embed', prepared],
      ['embedStream', [embed, prepared].map((request, i) => ({ id: BigInt(i), request }))],
      ['classify', { model: 'champion', images, classes, top: 2 }],
      ['deleteAlias', { alias: 'champion' }],
      ['unloadModel', { model: 'sign', version: '2' }],
    ]),
  );

  const tensor = (name, datatype, extents, contents) => ({
    ...{ name, datatype, shape: extents.map(BigInt) },
    ...(contents && { contents }),
  });
  const raw = (bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const longs = (values) => Buffer.from(BigInt64Array.from(values, BigInt).buffer);
  const sign = { modelName: 'sign', id: '7' };
  const infers = [
    {
      ...{ ...sign, inputs: [tensor('images', 'BYTES', [2]), tensor('texts', 'BYTES', [1, 1])] },
      rawInputContents: [Buffer.concat(data.map(raw)), raw(Buffer.from('a truck'))],
    },
    {
      ...sign,
      inputs: [
        tensor('pixel_values', 'FP16', [1, ...shape]),
        tensor('input_ids', 'INT64', [1, 3]),
        tensor('attention_mask', 'INT64', [1, 3]),
      ],
      rawInputContents: [Buffer.alloc(2 * elements), longs(ids), longs([1, 1, 1])],
    },
    {
      ...sign,
      inputs: [
        tensor('pixel_values', 'FP32', [1, ...shape], {
          fp32Contents: new Array(elements).fill(0.5),
        }),
        tensor('input_ids', 'INT32', [1, 3], { intContents: ids }),
      ],
      outputs: [{ name: 'text_embeds' }],
    },
  ];
  const named = { name: 'sign', version: '1' };
  await asking(GRPCInferenceServiceDefinition, address, (client) =>
    ask(GRPCInferenceServiceDefinition, client, [
      ['serverLive', {}],
      ['serverReady', {}],
      ['serverMetadata', {}],
      ['modelReady', named],
      ['modelMetadata', named],
      ['repositoryModelLoad', { modelName: 'sign' }],
      ['repositoryIndex', {}],
      ...infers.map((request) => ['modelInfer', request]),
      ['modelStreamInfer', infers],
    ]),
  );
  return calls;
}

async function asking(definition, address, work) {
  const { client, close } = createRemoteClient(definition, { address });
  await work(client);
  close();
}

async function* toStream(list) {
  yield* list;
}
