import type { VisionConfig } from '@holdfast/clip';
import type { PieceDefinition } from './piece-definition.js';

/**
 * Pixels to tokens: patches through one matrix, the class token in front, positions added,
 * LayerNorm.
 *
 * `pixels` [n, 3, size, size] -> [tokens n, width], the class token of every image first. A convolution whose stride is its size is a matrix
 * product over patches, so no convolution gradient is needed. Pixels get no gradient; see {@link createWayToPixels}.
 */
export function createVisionEmbedding(config: VisionConfig, rows: number): PieceDefinition {
  const { imageSize, patchSize, width, channels, layerNormEpsilon } = config;
  const grid = imageSize / patchSize;
  const patches = grid * grid;
  const patchElements = channels * patchSize * patchSize;
  return {
    name: `vision-embedding patch=${patchSize} epsilon=${layerNormEpsilon}`,
    inputs: [
      { name: 'pixels', shape: [rows, channels, imageSize, imageSize], differentiable: false },
    ],
    parameters: [
      { name: 'embeddings.class_embedding', shape: [width] },
      { name: 'embeddings.patch_embedding.weight', shape: [width, patchElements] },
      { name: 'embeddings.position_embedding.weight', shape: [patches + 1, width] },
      { name: 'pre_layrnorm.weight', shape: [width] },
      { name: 'pre_layrnorm.bias', shape: [width] },
    ],
    outputShape: [(patches + 1) * rows, width],
    emit(b, value) {
      const cells = b.reshape(value('pixels'), [rows, channels, grid, patchSize, grid, patchSize]);
      const flat = b.reshape(b.transpose(cells, [2, 4, 0, 1, 3, 5]), [
        patches * rows,
        patchElements,
      ]);
      const embedded = b.gemm(flat, value('embeddings.patch_embedding.weight'), { transB: true });
      const row = b.reshape(value('embeddings.class_embedding'), [1, width]);
      const tokens = b.concat([b.expand(row, [rows, width]), embedded], 0);
      const positions = b.reshape(value('embeddings.position_embedding.weight'), [
        patches + 1,
        1,
        width,
      ]);
      const placed = b.add(b.reshape(tokens, [patches + 1, rows, width]), positions);
      return b.layerNormalization(
        b.reshape(placed, [(patches + 1) * rows, width]),
        value('pre_layrnorm.weight'),
        value('pre_layrnorm.bias'),
        layerNormEpsilon,
      ).y;
    },
  };
}

/** The same piece, whose backward answers the gradient of the pixels and of no parameter. */
export function createWayToPixels(config: VisionConfig, rows: number): PieceDefinition {
  const embedding = createVisionEmbedding(config, rows);
  return {
    ...embedding,
    inputs: embedding.inputs.map((input) => ({ ...input, differentiable: true })),
    parameters: embedding.parameters.map((parameter) => ({ ...parameter, frozen: true })),
  };
}
