import { sumToShape } from '../sum-to-shape.js';
import { readIntegers, requireCotangent, requireInput, type VjpRule } from '../vjp-rule.js';

/** dx = dy under the shape of x. */
export const differentiateReshape: VjpRule = (context) => [
  context.builder.reshape(requireCotangent(context), requireInput(context.node, 0).shape),
];

/** dx = dy with the axes put back. */
export const differentiateTranspose: VjpRule = (context) => {
  const permutation = readIntegers(context.node, 'perm') ?? [];
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  return [context.builder.transpose(requireCotangent(context), inverse)];
};

/** dx = dy summed over the axes along which x was repeated. */
export const differentiateExpand: VjpRule = (context) => [
  sumToShape(context.builder, requireCotangent(context), requireInput(context.node, 0).shape),
];
