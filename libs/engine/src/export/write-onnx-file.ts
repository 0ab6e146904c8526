import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFully } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { Constant, Graph } from '@holdfast/onnx-graph';
import {
  AttributeProto,
  AttributeProto_AttributeType,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  TensorProto_DataType,
} from '@holdfast/proto/onnx/onnx';
import { fromFloat32 } from '@holdfast/safetensors';
import { describeGraph, describeModel, type OpenAxes } from '../onnx/serialize-graph.js';

/** How weights are stored. Computation is in float32 either way. */
export type WeightType = 'fp32' | 'fp16';

/** A graph to write. */
export interface OnnxFileSettings {
  readonly path: string;
  readonly graph: Graph;
  readonly axes: OpenAxes;
  readonly weightType: WeightType;
  /** Default: what an ONNX file may have, less than 2 GiB. */
  readonly bytesMax?: number;
}

/** Protocol buffers end here. */
const onnxBytesMax = 2 ** 31 - 1;

/** Constants of fewer elements are written with the graph. */
const streamedElementsMin = 1024;

/** Tags of GraphProto.initializer, ModelProto.graph and TensorProto.raw_data: field number, length follows. */
const tags = { initializer: (5 << 3) | 2, graph: (7 << 3) | 2, rawData: (9 << 3) | 2 };

/**
 * Writes a graph as an ONNX file (opset 17), one weight at a time. With `fp16` matrices are stored in
 * half precision, each behind a Cast that a runtime folds when it loads the file.
 *
 * @returns bytes of the file.
 * @throws Fault `precondition` if the file would be too large, or a weight beyond the range of half
 *   precision.
 */
export async function writeOnnxFile(settings: OnnxFileSettings): Promise<number> {
  const { path, graph, axes, weightType, bytesMax = onnxBytesMax } = settings;
  const isHalf = (constant: Constant) => weightType === 'fp16' && isWeightMatrix(constant);
  const isStreamed = (constant: Constant) =>
    isHalf(constant) || constant.data.length >= streamedElementsMin;
  const streamed = graph.constants.filter(isStreamed);
  const small = graph.constants.filter((constant) => !isStreamed(constant));
  const described = describeGraph({ ...graph, constants: small }, axes);
  const casts = streamed.filter(isHalf).map(({ value }) => describeCast(value.name));
  const head = ModelProto.encode(describeModel(graph)).finish();
  const body = GraphProto.encode({ ...described, node: [...casts, ...described.node] }).finish();
  const weights = streamed.map((constant) => describeWeight(constant, isHalf(constant)));
  const graphBytes = weights.reduce((sum, { bytes }) => sum + bytes, body.length);
  const start = Buffer.concat([head, delimit(tags.graph, graphBytes), body]);
  const fileBytes = start.length + graphBytes - body.length;
  if (fileBytes > bytesMax) {
    const mayFit = weightType === 'fp32' && fileBytes / 2 < bytesMax;
    throw createSizeFault(path, fileBytes, mayFit ? 'fp16 takes half' : 'it cannot be exported');
  }

  const file = await open(path, 'wx');
  try {
    let end = 0;
    const append = async (bytes: Uint8Array) => {
      await writeFully(file, end, bytes);
      end += bytes.length;
    };
    await append(start);
    for (const { prefix, encode } of weights) {
      await append(prefix);
      await append(encode());
    }
  } finally {
    await file.close();
  }
  return fileBytes;
}

/** Weights have names of their own; masks and numbers have not. */
function isWeightMatrix({ value: { name, shape } }: Constant): boolean {
  return !name.startsWith('constant_') && shape.filter((size) => size > 1).length > 1;
}

function describeCast(name: string): NodeProto {
  const to = BigInt(TensorProto_DataType.FLOAT);
  const type = AttributeProto_AttributeType.INT;
  return NodeProto.create({
    name: `${name}.cast`,
    opType: 'Cast',
    input: [`${name}.fp16`],
    output: [name],
    attribute: [AttributeProto.create({ name: 'to', type, i: to })],
  });
}

/** A constant as a field of the graph: what stands before its data, and the data. */
function describeWeight({ value, data }: Constant, isHalf: boolean) {
  const { name, shape, dataType } = value;
  const type = dataType === 'int64' ? TensorProto_DataType.INT64 : TensorProto_DataType.FLOAT;
  const tensor = TensorProto.encode(
    TensorProto.create({
      name: isHalf ? `${name}.fp16` : name,
      dataType: isHalf ? TensorProto_DataType.FLOAT16 : type,
      dims: shape.map(BigInt),
    }),
  ).finish();
  const dataBytes = isHalf ? data.length * 2 : data.byteLength;
  const raw = delimit(tags.rawData, dataBytes);
  const tensorBytes = tensor.length + raw.length + dataBytes;
  const prefix = Buffer.concat([delimit(tags.initializer, tensorBytes), tensor, raw]);
  return {
    prefix,
    bytes: prefix.length + dataBytes,
    encode: () =>
      isHalf
        ? encodeHalf(name, data as Float32Array)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** The first magnitude that rounds to infinity in half precision. */
const halfOverflow = 65_520;

function encodeHalf(name: string, values: Float32Array): Uint8Array {
  const index = values.findIndex((value) => Math.abs(value) >= halfOverflow);
  if (index === -1) return fromFloat32('F16', values);
  throw new Fault(
    'precondition',
    `${name}: element ${index} is ${values[index]}, beyond the range of fp16; export in fp32`,
  );
}

/** A field's tag and length, as protocol buffers write them. */
function delimit(tag: number, length: number): Uint8Array {
  const bytes = [tag];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function createSizeFault(path: string, bytes: number, advice: string): Fault {
  const size = (bytes / 2 ** 30).toFixed(1);
  return new Fault(
    'precondition',
    `${basename(path)} would have ${size} GiB, more than an ONNX file may (2 GiB): ${advice}`,
  );
}
