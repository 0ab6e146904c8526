import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { PieceDefinition, PieceInput } from './piece.js';

/** The head's input for pooled features. */
export const pooledName = 'x';

export interface HeadShape {
  readonly rows: number;
  readonly width: number;
  readonly projectionSize: number;
  readonly layerNormEpsilon: number;
  /** Name of the final LayerNorm's parameters and of the projection's. */
  readonly norm: string;
  readonly projection: string;
  /** Rank of task-dependent heads; absent without heads. */
  readonly rank?: number;
}

/**
 * Pooled features to embeddings:
 *
 *   r = LayerNorm(pooled),   e = normalise(r W^T + (r A) B)
 *
 * `pooled` [n, width] -> [n, d]. With heads, `A` [n, width, rank] and `B` [n, rank, d] are each row's
 * own factors, gathered by the caller (zeros for a row without a head, which leaves r W^T bit for bit).
 */
export function createProjectionHead(shape: HeadShape): PieceDefinition {
  const { rows, width, projectionSize, rank, norm, projection } = shape;
  const factors: PieceInput[] =
    rank === undefined
      ? []
      : [
          { name: 'A', shape: [rows, width, rank], differentiable: true },
          { name: 'B', shape: [rows, rank, projectionSize], differentiable: true },
        ];
  return {
    name: `head epsilon=${shape.layerNormEpsilon}`,
    inputs: [{ name: pooledName, shape: [rows, width], differentiable: true }, ...factors],
    parameters: [
      { name: `${norm}.weight`, shape: [width] },
      { name: `${norm}.bias`, shape: [width] },
      { name: `${projection}.weight`, shape: [projectionSize, width] },
    ],
    outputShape: [rows, projectionSize],
    emit(b, value) {
      const r = b.layerNormalization(
        value(pooledName),
        value(`${norm}.weight`),
        value(`${norm}.bias`),
        shape.layerNormEpsilon,
      ).y;
      const shared = b.gemm(r, value(`${projection}.weight`), { transB: true });
      if (rank === undefined) return normalize(b, shared);
      const inner = b.fusedMatMul(b.reshape(r, [rows, 1, width]), value('A'));
      const own = b.reshape(b.fusedMatMul(inner, value('B')), [rows, projectionSize]);
      return normalize(b, b.add(shared, own));
    },
  };
}

/** Rows divided by their L2 norms. */
function normalize(b: GraphBuilder, y: Value): Value {
  return b.div(y, b.sqrt(b.reduceSum(b.mul(y, y), [1])));
}
