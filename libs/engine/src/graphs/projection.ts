import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { PieceDefinition, PieceInput } from './piece-definition.js';

/** The way from a pooled row to its embedding. */
export interface ProjectionShape {
  /** Name of the projection's parameter, without `.weight`. */
  readonly name: string;
  /** Length of an embedding. */
  readonly size: number;
  /** Rank of task-dependent heads; 0 without heads. */
  readonly rank: number;
}

/** Names of the inputs by which each row's own factors come in. */
export const headInputs = { A: 'A', B: 'B' } as const;

/** Names of the inputs of {@link createProjection}. */
export const projectionInputs = { r: 'r', change: 'h' } as const;

interface RowShape {
  readonly rows: number;
  readonly width: number;
}

/**
 * Pooled rows to embeddings, where they train alone:
 *
 *   e = normalise(r W^T + h)
 *
 * `r` [n, width] -> embeddings [n, d]. With heads, `h` [n, d] is each row's (r A) B, computed by the caller
 * where the factors lie (`applyHeads`): gathered for a product, as in `createFinalBlock`, they would be
 * copied as often as they are multiplied.
 */
export function createProjection(shape: RowShape, projection: ProjectionShape): PieceDefinition {
  const { rows, width } = shape;
  const { name, size, rank } = projection;
  const { r, change } = projectionInputs;
  const hasHeads = rank > 0;
  return {
    name: `projection ${hasHeads ? 'with' : 'without'} heads`,
    inputs: [
      { name: r, shape: [rows, width], differentiable: false },
      ...(hasHeads ? [{ name: change, shape: [rows, size], differentiable: true }] : []),
    ],
    parameters: [{ name: `${name}.weight`, shape: [size, width] }],
    outputShape: [rows, size],
    emit(b, value) {
      const shared = b.gemm(value(r), value(`${name}.weight`), { transB: true });
      return normalize(b, hasHeads ? b.add(shared, value(change)) : shared);
    },
  };
}

/** The inputs of each row's own factors; none without heads. */
export function listHeadInputs(
  { rank, size }: ProjectionShape,
  { rows, width }: RowShape,
): readonly PieceInput[] {
  if (rank === 0) return [];
  return [
    { name: headInputs.A, shape: [rows, width, rank], differentiable: true },
    { name: headInputs.B, shape: [rows, rank, size], differentiable: true },
  ];
}

/** normalise(r W^T + (r A) B) */
export function projectRows(
  b: GraphBuilder,
  r: Value,
  options: {
    readonly value: (name: string) => Value;
    readonly projection: ProjectionShape;
  },
): Value {
  const { value, projection } = options;
  const shared = b.gemm(r, value(`${projection.name}.weight`), { transB: true });
  return normalize(b, projection.rank === 0 ? shared : b.add(shared, applyHeads(b, r, value)));
}

/** (r A) B, row by row. */
function applyHeads(b: GraphBuilder, r: Value, value: (name: string) => Value): Value {
  const [rows, width] = r.shape as [number, number];
  const factor = value(headInputs.B);
  const inner = b.fusedMatMul(b.reshape(r, [rows, 1, width]), value(headInputs.A));
  return b.reshape(b.fusedMatMul(inner, factor), [rows, factor.shape.at(-1)!]);
}

/** Rows divided by their L2 norms. */
function normalize(b: GraphBuilder, y: Value): Value {
  return b.div(y, b.sqrt(b.reduceSum(b.mul(y, y), [1])));
}
