import {
  DataType,
  type ModelConfig,
  type ModelMetadataResponse,
} from '@holdfast/proto/inference/inference';

/** Names of types here and in a configuration. */
const types: Readonly<Record<string, DataType>> = {
  FP32: DataType.TYPE_FP32,
  INT64: DataType.TYPE_INT64,
  BYTES: DataType.TYPE_STRING,
};

/** How Triton would describe a model of this description. */
export function describeConfig(model: ModelMetadataResponse): ModelConfig {
  const { name, platform, inputs, outputs } = model;
  const tensor = (described: ModelMetadataResponse['inputs'][number]) => ({
    name: described.name,
    dataType: types[described.datatype]!,
    dims: [...described.shape],
  });
  return {
    ...{ name, platform, backend: 'holdfast', maxBatchSize: 0 },
    // Images one way, texts one way, or both.
    input: inputs.map((input) => ({ ...tensor(input), optional: true })),
    output: outputs.map(tensor),
  };
}
