import type { Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { isSameShape, normalizeAxis } from '../shape.js';

export interface LayerNormalization {
  /** (x - mean) invStdDev scale + bias; the shape of x. */
  readonly y: Value;
  /** Mean over the last axis, [..., 1]. */
  readonly mean: Value;
  /** 1 / sqrt(variance + epsilon) over the last axis, [..., 1]. */
  readonly invStdDev: Value;
}

export interface NormalizationOps {
  /** Layer normalization over the last axis; `scale` and `bias` are [width]. */
  layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): LayerNormalization;
  /** exp(x) / sum exp(x) along one axis. */
  softmax(x: Value, axis?: number): Value;
}

/** Row statistics. */
export function createNormalizationOps(core: GraphCore): NormalizationOps {
  function layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number) {
    const inputs = [x, scale, bias];
    const width = x.shape.slice(-1);
    if (width.length === 0) core.fail('LayerNormalization', 'x needs an axis', inputs);
    if (!isSameShape(scale.shape, width) || !isSameShape(bias.shape, width)) {
      core.fail('LayerNormalization', `scale and bias must be [${width}]`, inputs);
    }
    const statistics = { shape: [...x.shape.slice(0, -1), 1], dataType: 'float32' as const };
    const [y, mean, invStdDev] = core.emit({
      op: 'LayerNormalization',
      inputs,
      outputs: [x, statistics, statistics],
      attributes: {
        axis: { kind: 'int', value: -1 },
        epsilon: { kind: 'float', value: epsilon },
      },
    });
    return { y: y!, mean: mean!, invStdDev: invStdDev! };
  }

  function softmax(x: Value, axis = -1): Value {
    const normalized = normalizeAxis(axis, x.shape.length);
    if (normalized === undefined) return core.fail('Softmax', `no axis ${axis}`, [x]);
    const attributes = { axis: { kind: 'int' as const, value: normalized } };
    return core.emit({ op: 'Softmax', inputs: [x], outputs: [x], attributes })[0]!;
  }

  return { layerNormalization, softmax };
}
