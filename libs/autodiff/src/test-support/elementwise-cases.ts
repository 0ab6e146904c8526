import { createCase, type Shapes } from './create-case.js';
import type { FunctionCase } from './function-case.js';

/** Away from zero, for divisors, roots and logarithms. */
const positive = { low: 0.5, high: 2 };

/** Arithmetic: the broadcasts of biases, statistics, masks and scalars; each activation. */
export const elementwiseCases: readonly FunctionCase[] = [
  ...(
    [
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
      [[2, 3, 4], [4]],
      [
        [2, 3, 4],
        [3, 1],
      ],
      [
        [2, 3, 4],
        [2, 1, 4],
      ],
      [
        [2, 3, 4],
        [1, 1, 4],
      ],
      [
        [1, 3, 4],
        [2, 1, 1],
      ],
      [[3], [2, 3]],
      [[2, 3], []],
    ] satisfies Shapes[]
  ).flatMap((shapes) =>
    (['add', 'sub', 'mul', 'div', 'pow'] as const).map((method) =>
      createCase(
        `${method} of [${shapes[0]}] and [${shapes[1]}]`,
        shapes,
        (builder, a, b) => builder[method](a!, b!),
        positive,
      ),
    ),
  ),
  createCase('where', [[2, 3], [3], [2, 1]], (builder, a, b, c) => [
    builder.where(builder.greater(a!, 0), builder.mul(a!, b!), c!),
    builder.where(builder.less(c!, a!), b!, builder.exp(c!)),
  ]),
  createCase('cast of a comparison', [[2, 3]], (builder, a) =>
    builder.mul(a!, builder.cast(builder.greater(a!, 0), 'float32')),
  ),
  createCase('cast of an index', [[2, 3]], (builder, a) =>
    builder.mul(a!, builder.cast(builder.argMax(builder.filled([2, 3], 1), 1), 'float32')),
  ),
  createCase('cast of a size', [[2, 3]], (builder, a) =>
    builder.mul(a!, builder.cast(builder.size(a!, 1), 'float32')),
  ),
  ...(['neg', 'exp', 'sigmoid', 'tanh', 'erf', 'gelu'] as const).map((method) =>
    createCase(method, [[2, 5]], (builder, a) => builder[method](a!), { low: -3, high: 3 }),
  ),
  ...(['reciprocal', 'sqrt', 'log'] as const).map((method) =>
    createCase(method, [[2, 5]], (builder, a) => builder[method](a!), positive),
  ),
  ...[1.702, 1].map((alpha) =>
    createCase(
      `quickGelu, alpha ${alpha}`,
      [[2, 5]],
      (builder, a) => builder.quickGelu(a!, alpha),
      { low: -3, high: 3 },
    ),
  ),
];
