import { countElements, type Value } from '@holdfast/onnx-graph';
import {
  readConstantIntegers,
  readIntegers,
  requireCotangent,
  requireInput,
  type VjpContext,
  type VjpRule,
} from '../vjp-rule.js';

/** y = sum of x over axes: dx = dy repeated along them. */
export const differentiateReduceSum: VjpRule = (context) => [repeat(context, 1)];

/** y = mean of x over axes: dx = dy / count repeated along them. */
export const differentiateReduceMean: VjpRule = (context) => {
  const count =
    countElements(requireInput(context.node, 0).shape) /
    countElements(context.node.outputs[0]!.shape);
  return [repeat(context, 1 / count)];
};

function repeat(context: VjpContext, scale: number): Value {
  const { builder, node } = context;
  const { shape } = requireInput(node, 0);
  // ReduceMean has its axes as an attribute, ReduceSum as a constant input.
  const axes = readIntegers(node, 'axes') ?? readConstantIntegers(context, 1);
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const dy = builder.reshape(requireCotangent(context), kept);
  return builder.expand(scale === 1 ? dy : builder.mul(dy, scale), shape);
}
