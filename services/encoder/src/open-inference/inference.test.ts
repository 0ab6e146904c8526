import { EmbedResponse } from '@holdfast/proto/holdfast/serving/v1/serving';
import { ModelInferRequest, ModelInferResponse } from '@holdfast/proto/inference/inference';
import { describe, expect, it } from 'vitest';
import { readEmbedRequest } from './read-embed-request.js';
import { writeOutputs } from './write-outputs.js';

const request = (
  inputs: [name: string, datatype: string, shape: number[], contents?: object][],
  raw: readonly Buffer[] = [],
) =>
  ModelInferRequest.fromPartial({
    modelName: 'sign',
    inputs: inputs.map(([name, datatype, shape, contents]) => ({
      ...{ name, datatype, shape: shape.map(BigInt) },
      ...(contents && { contents }),
    })),
    rawInputContents: [...raw],
  });
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const longs = (...values: number[]) => Buffer.from(BigInt64Array.from(values, BigInt).buffer);
const strings = (...values: string[]) =>
  Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );

describe('readEmbedRequest', () => {
  it('reads raw contents', () => {
    const read = readEmbedRequest(
      request(
        [
          ['pixel_values', 'FP32', [1, 2]],
          ['texts', 'BYTES', [2, 1]],
          ['input_ids', 'INT64', [2, 3]],
          ['attention_mask', 'INT64', [2, 3]],
        ],
        [floats(1, -2), strings('ä', ''), longs(1, 2, 9, 3, 9, 9), longs(1, 1, 1, 1, 1, 0)],
      ),
    );
    expect(read.pixelValues).toMatchObject({ shape: [1, 2], data: floats(1, -2) });
    expect(read.texts?.texts).toEqual(['ä', '']);
    expect(read.tokenIds.map(({ ids }) => ids)).toEqual([
      [1, 2, 9],
      [3, 9],
    ]);
  });

  it('reads typed contents, and halves', () => {
    const typed = readEmbedRequest(
      request([
        ['pixel_values', 'FP32', [1, 2], { fp32Contents: [1, -2] }],
        ['images', 'BYTES', [1], { bytesContents: [Buffer.from('png')] }],
        ['input_ids', 'INT32', [1, 2], { intContents: [4, 9] }],
      ]),
    );
    expect(typed.pixelValues?.data).toEqual(floats(1, -2));
    expect(typed.images).toEqual([{ source: { $case: 'data', value: Buffer.from('png') } }]);
    expect(typed.tokenIds).toEqual([{ ids: [4, 9] }]);
    // 1 and -2 as binary16.
    const half = Buffer.from([0x00, 0x3c, 0x00, 0xc0]);
    const read = readEmbedRequest(request([['pixel_values', 'FP16', [1, 2]]], [half]));
    expect(read.pixelValues?.data).toEqual(floats(1, -2));
  });

  it.each<[string, Parameters<typeof request>]>([
    ['pixels', [[['pixels', 'FP32', [1]]], [floats(1)]]],
    ['pixel_values', [[['pixel_values', 'FP64', [1]]], [floats(1)]]],
    ['pixel_values', [[['pixel_values', 'FP32', [3]]], [floats(1)]]],
    ['pixel_values', [[['pixel_values', 'FP32', [-1]]], [floats(1)]]],
    ['pixel_values', [[['pixel_values', 'FP32', [2 ** 40, 2 ** 40]]], [floats(1)]]],
    ['pixel_values', [[['pixel_values', 'FP32', [2], { fp32Contents: [1] }]]]],
    [
      'inputs[1].name',
      [
        [
          ['images', 'BYTES', [0]],
          ['images', 'BYTES', [0]],
        ],
      ],
    ],
    ['raw_input_contents', [[['images', 'BYTES', [0]]], [floats(1), floats(2)]]],
    ['images', [[['images', 'BYTES', [1]]], [Buffer.from([255, 255, 255, 255, 1])]]],
    ['images', [[['images', 'BYTES', [1]]], [Buffer.from([1, 0])]]],
    ['images', [[['images', 'BYTES', [1, 2]]], [strings('a', 'b')]]],
    ['input_ids', [[['input_ids', 'INT64', [2]]], [longs(1, 2)]]],
    ['attention_mask', [[['attention_mask', 'INT64', [1, 1]]], [longs(1)]]],
    [
      'attention_mask',
      [
        [
          ['input_ids', 'INT64', [1, 2]],
          ['attention_mask', 'INT64', [1, 2]],
        ],
        [longs(1, 9), longs(0, 1)],
      ],
    ],
  ])('refuses wrong %s', (field, asked) => {
    expect(() => readEmbedRequest(request(...asked))).toThrowError(
      expect.objectContaining({
        kind: 'invalid',
        violations: [expect.objectContaining({ field })],
      }),
    );
  });
});

describe('writeOutputs', () => {
  const response = EmbedResponse.fromPartial({
    ...{ model: 'sign', version: '3' },
    textEmbeddings: { dataType: 1, shape: [1, 2], data: floats(0.5, 1) },
  });

  it('answers raw what came raw, and typed what came typed', () => {
    const raw = writeOutputs(request([['texts', 'BYTES', [1]]], [strings('a')]), response);
    const output = { name: 'text_embeds', datatype: 'FP32', shape: [1n, 2n] };
    expect(raw).toEqual(
      ModelInferResponse.fromPartial({
        ...{ modelName: 'sign', modelVersion: '3', outputs: [output] },
        rawOutputContents: [floats(0.5, 1)],
      }),
    );
    const texts: Parameters<typeof request>[0] = [['texts', 'BYTES', [1], { bytesContents: [] }]];
    const typed = writeOutputs(request(texts), response);
    expect(typed.outputs[0]!.contents?.fp32Contents).toEqual([0.5, 1]);
    expect(typed.rawOutputContents).toEqual([]);
  });

  it('refuses an output that its inputs do not give', () => {
    const asked = { ...request([]), outputs: [{ name: 'image_embeds', parameters: {} }] };
    expect(() => writeOutputs(asked, response)).toThrow('image_embeds');
  });
});
