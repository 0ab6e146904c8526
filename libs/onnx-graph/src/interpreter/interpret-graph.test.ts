import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import type { Value } from '../graph.js';
import { createGraphBuilder, type GraphBuilder } from '../graph-builder.js';
import { computeErf } from './erf.js';
import { type Feed, interpretGraph } from './interpret-graph.js';

/** Runs one expression of inputs a, b, c given as [shape, data]. */
function evaluate(
  inputs: readonly (readonly [readonly number[], Feed])[],
  apply: (builder: GraphBuilder, ...values: Value[]) => Value | readonly Value[],
): Float64Array[] {
  const builder = createGraphBuilder('g');
  const values = inputs.map(([shape, data], index) =>
    builder.input('abc'[index]!, shape, data instanceof BigInt64Array ? 'int64' : 'float32'),
  );
  for (const [index, value] of [apply(builder, ...values)].flat().entries()) {
    builder.output(value, `${index}`);
  }
  const feeds = new Map(inputs.map(([, data], index) => ['abc'[index]!, data]));
  return [...interpretGraph(builder.build(), feeds).values()];
}

const matrix = [
  [2, 3],
  [1, 2, 3, 4, 5, 6],
] as const;

// Expected values are worked out by hand from the operators' definitions.
describe('interpretGraph', () => {
  it('multiplies matrices in every orientation', () => {
    const other = [
      [2, 3],
      [1, 0, 1, 0, 1, 0],
    ] as const;
    const [product] = evaluate([matrix, other], (g, a, b) =>
      g.gemm(a!, b!, { transB: true, alpha: 2, beta: 3, c: g.scalar(1) }),
    );
    expect(product).toEqual(Float64Array.of(11, 7, 23, 13));
    const [fused] = evaluate([matrix, other], (g, a, b) => g.fusedMatMul(a!, b!, { transA: true }));
    expect(fused).toEqual(Float64Array.of(1, 4, 1, 2, 5, 2, 3, 6, 3));
    const batches = [
      [2, 1, 2],
      [1, 2, 3, 4],
    ] as const;
    const [batched] = evaluate(
      [
        batches,
        [
          [2, 1],
          [1, 10],
        ],
      ],
      (g, a, b) => g.matMul(a!, b!),
    );
    expect(batched).toEqual(Float64Array.of(21, 43));
  });

  it('broadcasts', () => {
    const [sum] = evaluate(
      [
        matrix,
        [
          [2, 1],
          [10, 20],
        ],
      ],
      (g, a, b) => g.add(a!, b!),
    );
    expect(sum).toEqual(Float64Array.of(11, 12, 13, 24, 25, 26));
    const [expanded] = evaluate(
      [
        [
          [2, 1],
          [1, 2],
        ],
      ],
      (g, a) => g.expand(a!, [2, 2, 2]),
    );
    expect(expanded).toEqual(Float64Array.of(1, 1, 2, 2, 1, 1, 2, 2));
  });

  it('moves elements', () => {
    const [transposed, sliced, padded] = evaluate([matrix], (g, a) => [
      g.transpose(a!, [1, 0]),
      g.slice(a!, 1, 1, 3),
      g.pad(a!, 0, 1, 0),
    ]);
    expect(transposed).toEqual(Float64Array.of(1, 4, 2, 5, 3, 6));
    expect(sliced).toEqual(Float64Array.of(2, 3, 5, 6));
    expect(padded).toEqual(Float64Array.of(0, 0, 0, 1, 2, 3, 4, 5, 6));
    const [first, second, joined] = evaluate([matrix], (g, a) => {
      const parts = g.split(a!, 1, [1, 2]);
      return [...parts, g.concat([parts[1]!, parts[0]!], 1)];
    });
    expect([first, second]).toEqual([Float64Array.of(1, 4), Float64Array.of(2, 3, 5, 6)]);
    expect(joined).toEqual(Float64Array.of(2, 3, 1, 5, 6, 4));
  });

  it('finds the first of the largest, and sizes', () => {
    const ties: [number[], number[]] = [
      [2, 3],
      [4, 9, 9, 7, 1, 7],
    ];
    const [rows, columns, size] = evaluate([ties], (g, a) => [
      g.argMax(a!, 1),
      g.argMax(a!, 0),
      g.size(a!, -1),
    ]);
    expect(rows).toEqual(Float64Array.of(1, 0));
    expect(columns).toEqual(Float64Array.of(1, 0, 0));
    expect(size).toEqual(Float64Array.of(3));
  });

  it('reads and adds rows by index', () => {
    const ids = [[2], BigInt64Array.of(1n, -1n)] as const;
    const [rows, columns] = evaluate([matrix, ids], (g, a, b) => [
      g.gather(a!, b!),
      g.gather(a!, b!, 1),
    ]);
    expect(rows).toEqual(Float64Array.of(4, 5, 6, 4, 5, 6));
    expect(columns).toEqual(Float64Array.of(2, 3, 5, 6));
    const [scattered] = evaluate([matrix, [[2, 1], BigInt64Array.of(1n, 1n)]], (g, a, b) =>
      g.scatterNdAdd(a!, b!, g.filled([2, 3], 1)),
    );
    expect(scattered).toEqual(Float64Array.of(1, 2, 3, 6, 7, 8));
    const [element] = evaluate([matrix, [[1, 2], BigInt64Array.of(1n, 2n)]], (g, a, b) =>
      g.scatterNdAdd(a!, b!, g.filled([1], 10)),
    );
    expect(element).toEqual(Float64Array.of(1, 2, 3, 4, 5, 16));
  });

  it('reduces over axes', () => {
    const [rows, mean] = evaluate([matrix], (g, a) => [
      g.reduceSum(a!, [0]),
      g.reduceMean(a!, [0, 1], false),
    ]);
    expect(rows).toEqual(Float64Array.of(5, 7, 9));
    expect(mean).toEqual(Float64Array.of(3.5));
  });

  it('normalizes rows', () => {
    const [y, mean, invStdDev] = evaluate(
      [
        [
          [1, 2],
          [1, 3],
        ],
      ],
      (g, a) => {
        const result = g.layerNormalization(a!, g.filled([2], 2), g.filled([2], 5), 0);
        return [result.y, result.mean, result.invStdDev];
      },
    );
    expect([y, mean, invStdDev]).toEqual([
      Float64Array.of(3, 7),
      Float64Array.of(2),
      Float64Array.of(1),
    ]);
    const [probabilities] = evaluate(
      [
        [
          [2, 2],
          [0, 1000, Math.log(3), 1000],
        ],
      ],
      (g, a) => g.softmax(a!, 0),
    );
    expect(probabilities).toBeAllclose([0.25, 0.5, 0.75, 0.5], { rtol: 1e-14 });
  });

  it('selects, compares and casts', () => {
    const [selected, truncated, flags] = evaluate([[[3], [-1.5, 0, 2.5]]], (g, a) => [
      g.where(g.greater(a!, 0), a!, -7),
      g.cast(g.cast(a!, 'int64'), 'float32'),
      g.cast(g.cast(a!, 'bool'), 'float32'),
    ]);
    expect(selected).toEqual(Float64Array.of(-7, -7, 2.5));
    expect(truncated).toEqual(Float64Array.of(-1, 0, 2));
    expect(flags).toEqual(Float64Array.of(1, 0, 1));
  });

  it('computes element by element', () => {
    const operands = [
      [[1], [4]],
      [[1], [0.5]],
    ] as const;
    const results = evaluate(operands, (g, a, b) => [
      g.sub(a!, b!),
      g.mul(a!, b!),
      g.div(a!, b!),
      g.pow(a!, b!),
      g.neg(a!),
      g.reciprocal(a!),
      g.sqrt(a!),
      g.log(g.exp(a!)),
      g.sigmoid(g.log(a!)),
      g.tanh(g.log(a!)),
      g.erf(b!),
      g.cast(g.less(a!, b!), 'float32'),
    ]);
    // sigmoid(ln 4) = 4/5, tanh(ln 4) = 15/17, erf(1/2) from Abramowitz and Stegun.
    const expected = [3.5, 2, 8, 2, -4, 0.25, 2, 4, 0.8, 15 / 17, 0.5204998778130465, 0];
    expect(results.map(([x]) => x!)).toBeAllclose(expected, { rtol: 1e-15 });
  });

  it('has the activations of CLIP', () => {
    const [quick, exact] = evaluate([[[3], [-1, 0, 1]]], (g, a) => [g.quickGelu(a!), g.gelu(a!)]);
    // x / (1 + e^(-1.702 x)), and x times the normal distribution, Phi(1) = 0.841344746068543.
    expect(quick).toBeAllclose([-0.154204, 0, 0.845796], { rtol: 1e-5 });
    expect(exact).toBeAllclose([-0.158655253931457, 0, 0.841344746068543], { rtol: 1e-14 });
  });

  it('refuses an input that is missing or of another size', () => {
    const builder = createGraphBuilder('g');
    builder.output(builder.neg(builder.input('x', [2])), 'y');
    const graph = builder.build();
    expect(() => interpretGraph(graph, new Map())).toThrow(/'x' is not fed/);
    expect(() => interpretGraph(graph, new Map([['x', [1]]]))).toThrow(/'x': 1 elements .* \[2\]/);
  });
});

describe('computeErf', () => {
  it('equals tabulated values to double precision', () => {
    // Abramowitz and Stegun, table 7.1, and erf(3) = 0.999977909503001414558...
    expect(computeErf(0)).toBe(0);
    expect(computeErf(0.5)).toBeAllclose(0.5204998778130465, { rtol: 1e-15 });
    expect(computeErf(-1)).toBeAllclose(-0.8427007929497149, { rtol: 1e-15 });
    expect(computeErf(3)).toBeAllclose(0.9999779095030014, { rtol: 1e-15 });
    expect(computeErf(-7)).toBe(-1);
  });
});
