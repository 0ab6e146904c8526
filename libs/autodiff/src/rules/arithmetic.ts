import { isSameShape, type Value } from '@holdfast/onnx-graph';
import { sumToShape } from '../sum-to-shape.js';
import { type Contribution, requireCotangent, requireInput, type VjpContext } from '../vjp-rule.js';

type Gradient = (x: VjpContext, dy: Value, a: Value, b: Value) => Value;

/** A rule for a broadcasting operator from the gradients of its operands at the result's shape. */
function createBinaryRule(gradientOfA: Gradient, gradientOfB: Gradient) {
  return (context: VjpContext): (Contribution | undefined)[] => {
    const dy = requireCotangent(context);
    const a = requireInput(context.node, 0);
    const b = requireInput(context.node, 1);
    return [gradientOfA, gradientOfB].map((gradient, index) => {
      if (!context.isWanted(index)) return undefined;
      const { shape } = index === 0 ? a : b;
      return sumToShape(context.builder, gradient(context, dy, a, b), shape);
    });
  };
}

/** y = a + b: da = dy, db = dy. */
export const differentiateAdd = createBinaryRule(
  (_, dy) => dy,
  (_, dy) => dy,
);

/** y = a - b: da = dy, db = -dy (negated after the sum, where it is smaller). */
export function differentiateSub(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const [a, b] = [requireInput(node, 0), requireInput(node, 1)];
  const isRepeated = !isSameShape(b.shape, dy.shape);
  return [
    context.isWanted(0) ? sumToShape(builder, dy, a.shape) : undefined,
    context.isWanted(1)
      ? isRepeated
        ? sumToShape(builder, dy, b.shape, -1)
        : builder.neg(dy)
      : undefined,
  ];
}

/** y = a b: da = dy b, db = dy a. */
export const differentiateMul = createBinaryRule(
  ({ builder }, dy, _a, b) => builder.mul(dy, b),
  ({ builder }, dy, a) => builder.mul(dy, a),
);

/** y = a / b: da = dy / b, db = -dy y / b. */
export const differentiateDiv = createBinaryRule(
  ({ builder }, dy, _a, b) => builder.div(dy, b),
  ({ builder, node }, dy, _a, b) => builder.neg(builder.div(builder.mul(dy, node.outputs[0]!), b)),
);

/** y = a^b: da = dy b a^(b-1), db = dy y ln a (a > 0). */
export const differentiatePow = createBinaryRule(
  ({ builder }, dy, a, b) => builder.mul(dy, builder.mul(b, builder.pow(a, builder.sub(b, 1)))),
  ({ builder, node }, dy, a) => builder.mul(dy, builder.mul(node.outputs[0]!, builder.log(a))),
);

/** y = condition ? a : b: each branch gets dy where it was taken, else 0. */
export function differentiateWhere(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const condition = requireInput(node, 0);
  const [a, b] = [requireInput(node, 1), requireInput(node, 2)];
  return [
    undefined,
    context.isWanted(1) ? sumToShape(builder, builder.where(condition, dy, 0), a.shape) : undefined,
    context.isWanted(2) ? sumToShape(builder, builder.where(condition, 0, dy), b.shape) : undefined,
  ];
}
