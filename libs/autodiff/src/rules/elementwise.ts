import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import { readNumber, requireCotangent, requireInput, type VjpRule } from '../vjp-rule.js';

/** A rule for y = f(x) from dx as an expression of dy, x and y. */
function createUnaryRule(
  gradient: (builder: GraphBuilder, dy: Value, values: { x: Value; y: Value }) => Value,
): VjpRule {
  return (context) => {
    const x = requireInput(context.node, 0);
    const y = context.node.outputs[0]!;
    return [gradient(context.builder, requireCotangent(context), { x, y })];
  };
}

/** y = -x: dx = -dy. */
export const differentiateNeg = createUnaryRule((builder, dy) => builder.neg(dy));

/** y = 1 / x: dx = -dy y^2. */
export const differentiateReciprocal = createUnaryRule((builder, dy, { y }) =>
  builder.neg(builder.mul(dy, builder.mul(y, y))),
);

/** y = sqrt x: dx = dy / (2 y). */
export const differentiateSqrt = createUnaryRule((builder, dy, { y }) =>
  builder.div(dy, builder.mul(y, 2)),
);

/** y = e^x: dx = dy y. */
export const differentiateExp = createUnaryRule((builder, dy, { y }) => builder.mul(dy, y));

/** y = ln x: dx = dy / x. */
export const differentiateLog = createUnaryRule((builder, dy, { x }) => builder.div(dy, x));

/** y = sigmoid x: dx = dy y (1 - y). */
export const differentiateSigmoid = createUnaryRule((builder, dy, { y }) =>
  builder.mul(dy, builder.mul(y, builder.sub(1, y))),
);

/** y = tanh x: dx = dy (1 - y^2). */
export const differentiateTanh = createUnaryRule((builder, dy, { y }) =>
  builder.mul(dy, builder.sub(1, builder.mul(y, y))),
);

/** y = erf x: dx = dy 2/sqrt(pi) e^(-x^2). */
export const differentiateErf = createUnaryRule((builder, dy, { x }) => {
  const bell = builder.exp(builder.neg(builder.mul(x, x)));
  return builder.mul(dy, builder.mul(bell, 2 / Math.sqrt(Math.PI)));
});

/**
 * y = x s with s = sigmoid(t), t = alpha x:
 *
 *   dx = dy s (1 + t (1 - s)) = dy s (1 + t - alpha y)
 *
 * The sigmoid is computed again: it costs one pass, to keep it would cost as much memory as x. With
 * alpha = 1, where the layers around have taken alpha up in their products, t and alpha y are at hand
 * and dx takes five passes instead of seven.
 */
export const differentiateQuickGelu: VjpRule = (context) => {
  const { builder, node } = context;
  const dy = requireCotangent(context);
  const x = requireInput(node, 0);
  const alpha = readNumber(node, 'alpha', 1.702);
  const t = alpha === 1 ? x : builder.mul(x, alpha);
  const s = builder.sigmoid(t);
  const scaledY = alpha === 1 ? node.outputs[0]! : builder.mul(t, s);
  const slope = builder.mul(builder.add(builder.sub(t, scaledY), 1), s);
  return [builder.mul(dy, slope)];
};

/**
 * y = x (1 + erf(t)) / 2 with t = x / sqrt 2:
 *
 *   dx = dy (1 + erf(t) + 2/sqrt(pi) t / e^(t^2)) / 2
 *
 * The division by e^(t^2) is right for large |x| as well: it overflows to infinity, the term to 0.
 */
export const differentiateGelu = createUnaryRule((builder, dy, { x }) => {
  const t = builder.mul(x, Math.SQRT1_2);
  const bell = builder.div(t, builder.exp(builder.mul(t, t)));
  const sum = builder.add(builder.erf(t), builder.mul(bell, 2 / Math.sqrt(Math.PI)));
  return builder.mul(dy, builder.add(builder.mul(sum, 0.5), 0.5));
});
