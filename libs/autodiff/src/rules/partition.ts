import type { Value } from '@holdfast/onnx-graph';
import {
  readConstantIntegers,
  readNumber,
  requireCotangent,
  requireInput,
  type VjpRule,
} from '../vjp-rule.js';

/** y = x[start..end] along an axis: dx = dy with zeros around it. */
export const differentiateSlice: VjpRule = (context) => {
  const x = requireInput(context.node, 0);
  const [start, end, axis] = [1, 2, 3].map((input) => readConstantIntegers(context, input)[0]!);
  const after = x.shape[axis!]! - end!;
  return [context.builder.pad(requireCotangent(context), axis!, start!, after)];
};

/** y = x with zeros around it: dx = the part of dy that is x. */
export const differentiatePad: VjpRule = (context) => {
  const x = requireInput(context.node, 0);
  const before = readConstantIntegers(context, 1).slice(0, x.shape.length);
  return [
    x.shape.reduce((dx, size, axis) => {
      if (dx.shape[axis] === size) return dx;
      return context.builder.slice(dx, axis, before[axis]!, before[axis]! + size);
    }, requireCotangent(context)),
  ];
};

/** y = a, b, ... joined: each gets its part of dy. */
export const differentiateConcat: VjpRule = (context) => {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const axis = readNumber(node, 'axis', 0);
  const sizes = node.inputs.map((input) => input!.shape[axis]!);
  if (node.inputs.every((_, index) => context.isWanted(index))) {
    return sizes.length === 1 ? [dy] : builder.split(dy, axis, sizes);
  }
  let start = 0;
  return sizes.map((size, index) => {
    start += size;
    return context.isWanted(index) ? builder.slice(dy, axis, start - size, start) : undefined;
  });
};

/** y1, y2, ... = x cut along an axis: dx = the cotangents joined, zeros where there is none. */
export const differentiateSplit: VjpRule = ({ builder, node, cotangents }) => {
  const zeros = (output: Value) => builder.expand(builder.scalar(0), output.shape);
  const parts = node.outputs.map((output, index) => cotangents[index] ?? zeros(output));
  return [builder.concat(parts, readNumber(node, 'axis', 0))];
};
