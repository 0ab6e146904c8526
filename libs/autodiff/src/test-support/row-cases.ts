import { createCase } from './create-case.js';
import type { FunctionCase } from './function-case.js';

/** Statistics over rows and sums over axes. */
export const rowCases: readonly FunctionCase[] = [
  createCase(
    'layer normalization',
    [[2, 3, 6], [6], [6]],
    (builder, a, b, c) => builder.layerNormalization(a!, b!, c!, 1e-5).y,
  ),
  ...[0, 1, 2].map((axis) =>
    createCase(
      `softmax along axis ${axis}`,
      [[2, 3, 4]],
      (builder, a) => builder.softmax(a!, axis),
      { low: -3, high: 3 },
    ),
  ),
  createCase(
    'softmax read by one product (attention)',
    [
      [2, 3, 4],
      [2, 4, 2],
    ],
    (builder, a, b) => builder.fusedMatMul(builder.softmax(a!), b!, { alpha: 0.5 }),
  ),
  createCase(
    'softmax read by two products',
    [
      [3, 4],
      [4, 2],
    ],
    (builder, a, b) => {
      const y = builder.softmax(a!);
      return [builder.matMul(y, b!), builder.fusedMatMul(y, y, { transA: true })];
    },
  ),
  createCase(
    'softmax that is a result as well',
    [
      [3, 4],
      [4, 2],
    ],
    (builder, a, b) => {
      const y = builder.softmax(a!);
      return [y, builder.matMul(y, b!)];
    },
  ),
  createCase(
    'softmax read transposed',
    [
      [3, 4],
      [3, 2],
    ],
    (builder, a, b) => builder.fusedMatMul(builder.softmax(a!), b!, { transA: true }),
  ),
  createCase(
    'softmax repeated for every batch',
    [
      [3, 4],
      [2, 4, 2],
    ],
    (builder, a, b) => builder.fusedMatMul(builder.softmax(a!), b!),
  ),
  ...[[0], [1], [-1], [0, 2], [0, 1, 2]].flatMap((axes) =>
    [false, true].flatMap((keep) =>
      (['reduceSum', 'reduceMean'] as const).map((method) =>
        createCase(`${method} over [${axes}], keep ${keep}`, [[2, 3, 4]], (builder, a) =>
          builder[method](a!, axes, keep),
        ),
      ),
    ),
  ),
];
