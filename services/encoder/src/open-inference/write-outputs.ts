import type { EmbedResponse } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { type ModelInferRequest, ModelInferResponse } from '@holdfast/proto/inference/inference';
import { toFloat32Array } from '@holdfast/tensor';
import { refuse } from './read-tensor.js';

/** What a model answers. */
export const outputNames = ['image_embeds', 'text_embeds'];

/** Writes embeddings in the form in which the request came: raw, or in typed fields. */
export function writeOutputs(
  request: ModelInferRequest,
  response: EmbedResponse,
): ModelInferResponse {
  const made = new Map<string, Tensor>();
  if (response.imageEmbeddings) made.set('image_embeds', response.imageEmbeddings);
  if (response.textEmbeddings) made.set('text_embeds', response.textEmbeddings);
  const names = request.outputs.map(({ name }) => name);
  const tensors = (names.length > 0 ? names : [...made.keys()]).map((name) => {
    const tensor = made.get(name);
    if (tensor !== undefined) return { name, tensor };
    const there = [...made.keys()].join(', ');
    throw refuse('outputs', `names ${name}; the inputs of this request give ${there}`);
  });
  const isTyped = request.inputs.some(({ contents }) => contents !== undefined);
  return ModelInferResponse.fromPartial({
    modelName: request.modelName,
    modelVersion: response.version,
    id: request.id,
    outputs: tensors.map(({ name, tensor: { shape, data } }) => ({
      name,
      datatype: 'FP32',
      shape: shape.map(BigInt),
      ...(isTyped && { contents: { fp32Contents: Array.from(toFloat32Array(data)) } }),
    })),
    rawOutputContents: isTyped ? [] : tensors.map(({ tensor }) => tensor.data),
  });
}
