import { EmbedRequest } from '@holdfast/proto/holdfast/serving/v1/serving';
import { DataType } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { ModelInferRequest } from '@holdfast/proto/inference/inference';
import { toBytes } from '@holdfast/tensor';
import {
  type InputTensor,
  readBytes,
  readFloats,
  readIntegers,
  readTensors,
  refuse,
} from './read-tensor.js';

/** What a model takes: [name, type, shape]. Images one way and texts one way, or both. */
export const inputNames = ['pixel_values', 'images', 'input_ids', 'attention_mask', 'texts'];

/** The request of ServingService that a ModelInfer stands for. @throws Fault `invalid` that names the tensor. */
export function readEmbedRequest(request: ModelInferRequest): EmbedRequest {
  const tensors = readTensors(request);
  for (const name of tensors.keys()) {
    if (!inputNames.includes(name)) throw refuse(name, `is no input; there are ${inputNames}`);
  }
  const find = (name: string) => tensors.get(name);
  const texts = find('texts');
  return EmbedRequest.fromPartial({
    model: request.modelName,
    version: request.modelVersion,
    ...readPixels(find('pixel_values')),
    images: readElements(find('images')).map((value) => ({ source: { $case: 'data', value } })),
    ...(texts && { texts: { texts: readElements(texts).map((text) => text.toString('utf8')) } }),
    tokenIds: readTokens(find('input_ids'), find('attention_mask')),
  });
}

function readPixels(tensor: InputTensor | undefined): Partial<EmbedRequest> {
  if (tensor === undefined) return {};
  const { buffer, byteOffset, byteLength } = toBytes(readFloats(tensor));
  const data = Buffer.from(buffer, byteOffset, byteLength);
  const dataType = DataType.DATA_TYPE_FLOAT32;
  return { pixelValues: { dataType, shape: [...tensor.shape], data } };
}

/** Elements of a list, [n] or [n, 1] as some clients write it. */
function readElements(tensor: InputTensor | undefined): readonly Buffer[] {
  if (tensor === undefined) return [];
  const [, columns = 1, ...others] = tensor.shape;
  if (tensor.shape.length > 0 && columns === 1 && others.length === 0) return readBytes(tensor);
  throw refuse(tensor.name, `has the shape [${tensor.shape.join(', ')}], not [n]`);
}

/** Rows of ids, each as far as its mask goes. */
function readTokens(tensor: InputTensor | undefined, mask: InputTensor | undefined) {
  if (tensor === undefined) {
    if (mask !== undefined) throw refuse(mask.name, 'stands without input_ids');
    return [];
  }
  const [count = 0, length] = tensor.shape;
  if (length === undefined || length === 0 || tensor.shape.length !== 2) {
    throw refuse(tensor.name, `has the shape [${tensor.shape.join(', ')}], not [n, tokens]`);
  }
  const ids = readIntegers(tensor);
  const lengths = mask && readLengths(mask, tensor);
  return Array.from({ length: count }, (_, i) => ({
    ids: ids.slice(i * length, i * length + (lengths?.[i] ?? length)),
  }));
}

/** How many ids of each row count. A mask may hide what stands behind a text, nothing else. */
function readLengths(mask: InputTensor, { shape }: InputTensor): readonly number[] {
  const [count = 0, length = 0] = shape;
  if (mask.shape.join() !== shape.join()) {
    throw refuse(mask.name, `has the shape [${mask.shape.join(', ')}], not that of input_ids`);
  }
  const values = readIntegers(mask);
  return Array.from({ length: count }, (_, i) => {
    const row = values.slice(i * length, (i + 1) * length);
    const end = row.lastIndexOf(1) + 1;
    if (row.every((value, j) => value === (j < end ? 1 : 0))) return end;
    throw refuse(mask.name, `of row ${i} is not ones and then zeros: pad texts on the right`);
  });
}
