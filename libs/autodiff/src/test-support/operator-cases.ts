import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { DrawOptions, FunctionCase } from './function-case.js';

type Shapes = readonly (readonly number[])[];

/** A case whose inputs a, b, c, ... are all differentiated. */
function createCase(
  name: string,
  shapes: Shapes,
  apply: (builder: GraphBuilder, ...inputs: Value[]) => Value | readonly Value[],
  options: DrawOptions = {},
): FunctionCase {
  return {
    ...options,
    name,
    make: (builder) => {
      const wrt = shapes.map((shape, index) => builder.input('abcdef'[index]!, shape));
      return { results: [apply(builder, ...wrt)].flat(), wrt };
    },
  };
}

/** Away from zero, for divisors, roots and logarithms. */
const positive = { low: 0.5, high: 2 };

const flags = [false, true];
const transpositions = flags.flatMap((transA) => flags.map((transB) => ({ transA, transB })));
const orient = (rows: number, columns: number, transposed: boolean) =>
  transposed ? [columns, rows] : [rows, columns];

/** Products: every transposition, alpha and beta, biases of every shape, leading axes. */
export const linearCases: readonly FunctionCase[] = [
  ...transpositions.flatMap(({ transA, transB }) => [
    createCase(
      `Gemm, transA ${transA}, transB ${transB}, alpha, beta and a full c`,
      [orient(3, 4, transA), orient(4, 5, transB), [3, 5]],
      (builder, a, b, c) => builder.gemm(a!, b!, { c: c!, transA, transB, alpha: 0.7, beta: -1.3 }),
    ),
    createCase(
      `FusedMatMul, transA ${transA}, transB ${transB}, alpha`,
      [
        [2, 3, ...orient(3, 4, transA)],
        [2, 3, ...orient(4, 5, transB)],
      ],
      (builder, a, b) => builder.fusedMatMul(a!, b!, { transA, transB, alpha: 0.125 }),
    ),
    createCase(
      `FusedMatMul of rows and one matrix, transA ${transA}, transB ${transB}`,
      [[2, ...orient(3, 4, transA)], orient(4, 5, transB)],
      (builder, a, b) => builder.fusedMatMul(a!, b!, { transA, transB, alpha: 2 }),
    ),
  ]),
  ...[[5], [1, 5], [3, 1], [1], []].map((shape) =>
    createCase(`Gemm with c [${shape}]`, [[3, 4], [4, 5], shape], (builder, a, b, c) =>
      builder.gemm(a!, b!, { c: c!, beta: 0.5 }),
    ),
  ),
  createCase(
    'Gemm without c',
    [
      [3, 4],
      [4, 5],
    ],
    (builder, a, b) => builder.gemm(a!, b!),
  ),
  createCase(
    'MatMul of batches',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
  createCase(
    'MatMul of rows and one matrix',
    [
      [2, 3, 4],
      [4, 5],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
  createCase(
    'MatMul with repeated leading axes',
    [
      [3, 1, 2, 4],
      [5, 4, 2],
    ],
    (builder, a, b) => builder.matMul(a!, b!),
  ),
];

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
    flags.flatMap((keep) =>
      (['reduceSum', 'reduceMean'] as const).map((method) =>
        createCase(`${method} over [${axes}], keep ${keep}`, [[2, 3, 4]], (builder, a) =>
          builder[method](a!, axes, keep),
        ),
      ),
    ),
  ),
];

/** Operators that move elements. */
export const movementCases: readonly FunctionCase[] = [
  createCase('reshape', [[2, 6]], (builder, a) => builder.exp(builder.reshape(a!, [3, -1]))),
  createCase('transpose', [[2, 3, 4]], (builder, a) => builder.transpose(a!, [2, 0, 1])),
  createCase('expand', [[3, 1]], (builder, a) => builder.expand(a!, [2, 3, 4])),
  createCase('slice', [[2, 5, 3]], (builder, a) => builder.slice(a!, 1, 1, 4)),
  createCase('pad', [[2, 3]], (builder, a) => builder.pad(builder.exp(a!), -1, 2, 1)),
  createCase(
    'concat',
    [
      [2, 1, 3],
      [2, 2, 3],
    ],
    (builder, a, b) => builder.concat([a!, b!], 1),
  ),
  createCase('concat of one', [[2, 3]], (builder, a) => builder.concat([a!], 0)),
  {
    name: 'concat with a part that is not wanted',
    make: (builder) => {
      const [a, b] = [builder.input('a', [1, 3]), builder.input('b', [2, 3])];
      return { results: [builder.concat([a, b, a], 0)], wrt: [b] };
    },
  },
  createCase('split', [[2, 5]], (builder, a) => builder.split(a!, 1, [2, 3])),
  createCase('split with a part that is not read', [[2, 6]], (builder, a) => {
    const [first, , third] = builder.split(a!, -1, [1, 2, 3]);
    return [builder.exp(first!), builder.exp(third!)];
  }),
  ...[0, 1, 2].flatMap((axis) =>
    [[4], [2, 2], []].map((shape): FunctionCase => {
      const indices = [2, 0, 1, 2].slice(
        0,
        shape.reduce((product, size) => product * size, 1),
      );
      return {
        name: `gather along axis ${axis} by indices [${shape}]`,
        given: { indices },
        make: (builder) => {
          const a = builder.input('a', [3, 3, 3]);
          const rows = builder.input('indices', shape, 'int64');
          return { results: [builder.gather(a, rows, axis)], wrt: [a] };
        },
      };
    }),
  ),
  {
    name: 'scatterNdAdd',
    given: { indices: [2, 0, 2] },
    make: (builder) => {
      const [a, b] = [builder.input('a', [4, 2]), builder.input('b', [3, 2])];
      const rows = builder.input('indices', [3, 1], 'int64');
      return { results: [builder.scatterNdAdd(a, rows, b)], wrt: [a, b] };
    },
  },
];

/** Every operator that has a gradient. */
export const operatorCases: readonly FunctionCase[] = [
  ...linearCases,
  ...elementwiseCases,
  ...rowCases,
  ...movementCases,
];
