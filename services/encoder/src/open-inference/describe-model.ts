import type { ModelMetadataResponse } from '@holdfast/proto/inference/inference';
import type { ServedModel } from '../serving/served-model.js';

const any = -1;

/** What a model takes and answers. */
export function describeModel(
  name: string,
  versions: readonly string[],
  { directory: { config } }: ServedModel,
): ModelMetadataResponse {
  const { channels, imageSize } = config.vision;
  const tensor = (tensorName: string, datatype: string, shape: readonly number[]) => ({
    name: tensorName,
    datatype,
    shape: shape.map(BigInt),
  });
  return {
    name,
    versions: [...versions],
    platform: 'holdfast_clip',
    inputs: [
      tensor('pixel_values', 'FP32', [any, channels, imageSize, imageSize]),
      tensor('images', 'BYTES', [any]),
      tensor('input_ids', 'INT64', [any, any]),
      tensor('attention_mask', 'INT64', [any, any]),
      tensor('texts', 'BYTES', [any]),
    ],
    outputs: [
      tensor('image_embeds', 'FP32', [any, config.projectionSize]),
      tensor('text_embeds', 'FP32', [any, config.projectionSize]),
    ],
  };
}
