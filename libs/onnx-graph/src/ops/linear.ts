import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { broadcastShapes, isSameShape } from '../shape.js';

export interface GemmOptions {
  /** Added to the product; broadcast to [M, N]. */
  readonly c?: Value;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly beta?: number;
}

export interface FusedMatMulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

export interface LinearOps {
  /** alpha op(a) op(b) + beta c; a is [M, K], b [K, N] (transposed where asked), result [M, N]. */
  gemm(a: Value, b: Value, options?: GemmOptions): Value;
  /** a b over the last two axes; leading axes broadcast. */
  matMul(a: Value, b: Value): Value;
  /** alpha op(a) op(b) over the last two axes; leading axes broadcast. ONNX Runtime's own operator. */
  fusedMatMul(a: Value, b: Value, options?: FusedMatMulOptions): Value;
}

/** Matrix products. */
export function createLinearOps(core: GraphCore): LinearOps {
  function gemm(a: Value, b: Value, options: GemmOptions = {}): Value {
    const { c, transA = false, transB = false, alpha = 1, beta = 1 } = options;
    const inputs = c === undefined ? [a, b] : [a, b, c];
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      core.fail('Gemm', 'both factors must be matrices', inputs);
    }
    const [rows, inner] = orient(a.shape, transA);
    const [innerB, columns] = orient(b.shape, transB);
    if (inner !== innerB) core.fail('Gemm', `inner sizes ${inner} and ${innerB} differ`, inputs);
    const shape = [rows, columns];
    const broadcast = c && broadcastShapes(c.shape, shape);
    if (c !== undefined && !(broadcast && isSameShape(broadcast, shape))) {
      core.fail('Gemm', `c does not broadcast to [${shape}]`, inputs);
    }
    return core.emit({
      op: 'Gemm',
      inputs,
      outputs: [{ shape, dataType: 'float32' }],
      attributes: {
        alpha: { kind: 'float', value: alpha },
        beta: { kind: 'float', value: beta },
        transA: { kind: 'int', value: Number(transA) },
        transB: { kind: 'int', value: Number(transB) },
      },
    })[0]!;
  }

  function productShape(
    op: 'MatMul' | 'FusedMatMul',
    a: Value,
    b: Value,
    options: FusedMatMulOptions,
  ) {
    if (a.shape.length < 2 || b.shape.length < 2) {
      core.fail(op, 'both factors need at least two axes', [a, b]);
    }
    const [rows, inner] = orient(a.shape, options.transA ?? false);
    const [innerB, columns] = orient(b.shape, options.transB ?? false);
    if (inner !== innerB) core.fail(op, `inner sizes ${inner} and ${innerB} differ`, [a, b]);
    const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (leading === undefined) return core.fail(op, 'leading axes do not broadcast', [a, b]);
    return [...leading, rows, columns];
  }

  function matMul(a: Value, b: Value): Value {
    const shape = productShape('MatMul', a, b, {});
    const outputs = [{ shape, dataType: 'float32' as const }];
    return core.emit({ op: 'MatMul', inputs: [a, b], outputs })[0]!;
  }

  function fusedMatMul(a: Value, b: Value, options: FusedMatMulOptions = {}): Value {
    const { transA = false, transB = false, alpha = 1 } = options;
    const shape = productShape('FusedMatMul', a, b, options);
    return core.emit({
      op: 'FusedMatMul',
      domain: 'com.microsoft',
      inputs: [a, b],
      outputs: [{ shape, dataType: 'float32' }],
      attributes: {
        alpha: { kind: 'float', value: alpha },
        transA: { kind: 'int', value: Number(transA) },
        transB: { kind: 'int', value: Number(transB) },
      },
    })[0]!;
  }

  return { gemm, matMul, fusedMatMul };
}

/** Rows and columns of the last two axes as the product sees them. */
function orient(shape: readonly number[], transposed: boolean): [number, number] {
  const [first, second] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [second, first] : [first, second];
}
