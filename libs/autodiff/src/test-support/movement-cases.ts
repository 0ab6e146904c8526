import { createCase } from './create-case.js';
import type { FunctionCase } from './function-case.js';

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
