import { countElements } from '@holdfast/onnx-graph';
import { sumRows } from '../sum-to-shape.js';
import { type Contribution, requireCotangent, requireInput, type VjpContext } from '../vjp-rule.js';

/**
 * y = (x - mean) inv g + b over rows of width W. With c = x - mean and p = dy c:
 *
 *   m1 = dy . g/W             mean of dy g
 *   m2 = inv^2 (p . g/W)      mean of dy g xhat, times inv, as it is needed below
 *   dx = inv (dy g - c m2 - m1)
 *   dg = inv^T p,  db = 1^T dy
 *
 * The means are matrix-vector products, so dx takes seven passes over [M, W] and no xhat is stored.
 */
export function differentiateLayerNormalization(context: VjpContext): (Contribution | undefined)[] {
  const { builder, node } = context;
  const [x, scale] = [requireInput(node, 0), requireInput(node, 1)];
  const [, mean, invStdDev] = node.outputs;
  const width = x.shape.at(-1)!;
  const rows = countElements(x.shape.slice(0, -1));
  const dy = builder.reshape(requireCotangent(context), [rows, width]);
  const inv = builder.reshape(invStdDev!, [rows, 1]);
  const centered = builder.sub(
    builder.reshape(x, [rows, width]),
    builder.reshape(mean!, [rows, 1]),
  );
  const product = builder.mul(dy, centered);

  const dx = () => {
    const weights = builder.reshape(builder.mul(scale, 1 / width), [width, 1]);
    const m1 = builder.matMul(dy, weights);
    const m2 = builder.mul(builder.mul(inv, inv), builder.matMul(product, weights));
    const deviation = builder.sub(builder.mul(dy, scale), builder.mul(centered, m2));
    return builder.reshape(builder.mul(builder.sub(deviation, m1), inv), x.shape);
  };
  const dScale: Contribution = (gathered) => {
    const c = gathered && builder.reshape(gathered, [1, width]);
    const sum = builder.gemm(inv, product, { transA: true, ...(c && { c }) });
    return builder.reshape(sum, [width]);
  };
  return [
    context.isWanted(0) ? dx() : undefined,
    context.isWanted(1) ? dScale : undefined,
    context.isWanted(2) ? sumRows(builder, dy, [width]) : undefined,
  ];
}
