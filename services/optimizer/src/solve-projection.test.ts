import { readFileSync } from 'node:fs';
import { createRandom } from '@holdfast/random';
import { expect, it } from 'vitest';
import { solveProjection } from './solve-projection.js';

type Vector = readonly number[];

const dot = (x: Vector, y: Vector) => x.reduce((sum, a, i) => sum + a * y[i]!, 0);

/** The products that the engine answers. */
const multiply = (g: Vector, tasks: readonly Vector[]) => ({
  withArray: tasks.map((r) => dot(g, r)),
  amongKept: tasks.map((r) => tasks.map((other) => dot(r, other))),
});

/** v and g~ = g + sum_k v_k r_k. */
function project(g: Vector, tasks: readonly Vector[]) {
  const weights = solveProjection(multiply(g, tasks));
  const projected = g.map((x, i) => x + weights.reduce((sum, v, k) => sum + v * tasks[k]![i]!, 0));
  return { weights, projected };
}

/** What Python's quadprog and scipy make of the program in the vectors themselves (`fixtures/make-golden.py`). */
const golden: readonly { g: Vector; tasks: readonly Vector[]; projected: Vector }[] = JSON.parse(
  readFileSync(new URL('../fixtures/golden.json', import.meta.url), 'utf8'),
);

it('finds what quadprog of Python and scipy find without the dual', () => {
  for (const { g, tasks, projected } of golden) {
    const found = project(g, tasks).projected;
    for (const [i, x] of projected.entries()) expect(found[i]).toBeCloseTo(x, 6);
  }
});

it('fulfils what makes a solution the nearest, of drawn tasks, of repeated and of opposite ones', () => {
  const random = createRandom(62);
  const draw = (size: number) => Array.from({ length: size }, () => random.normal());
  let active = 0;
  for (let round = 0; round < 200; round += 1) {
    const size = 2 + (round % 11);
    const drawn = Array.from({ length: 1 + (round % 17) }, () => draw(size));
    const repeated = round % 3 === 1 ? [drawn[0]!] : [];
    const opposite = round % 5 === 1 ? [drawn[0]!.map((x) => -3 * x)] : [];
    const tasks = [...drawn, ...repeated, ...opposite];
    const g = draw(size);
    const { weights, projected } = project(g, tasks);
    const length = Math.sqrt(dot(g, g));
    for (const [k, r] of tasks.entries()) {
      const cosine = dot(projected, r) / (length * Math.sqrt(dot(r, r)));
      // Primal and dual feasibility, complementary slackness; stationarity is how g~ is made.
      expect(cosine).toBeGreaterThan(-1e-5);
      expect(weights[k]).toBeGreaterThanOrEqual(0);
      if (weights[k]! > 1e-6) {
        active += 1;
        expect(Math.abs(cosine)).toBeLessThan(1e-5);
      }
    }
  }
  expect(active).toBeGreaterThan(200);
});

it('is the projection of A-GEM for one task, and nothing at all where none is gone against', () => {
  const [g, r] = [
    [1, -2, 0.5],
    [0.25, 3, 1],
  ];
  expect(project(g, [r]).weights[0]).toBeCloseTo(-dot(g, r) / dot(r, r), 7);
  const along = [
    [1, 0, 0],
    [0, -4, 0],
    [0, 0, 0],
  ];
  expect(solveProjection(multiply(g, along))).toEqual([0, 0, 0]);
  // Tasks of length 0 ask for nothing beside others.
  expect(project(g, [[0, 0, 0], r]).weights).toEqual([0, project(g, [r]).weights[0]]);
});

it('answers the same bits for the same products, whatever their scale', () => {
  const { g, tasks } = golden[4]!;
  const products = multiply(g, tasks);
  const weights = solveProjection(products);
  expect(solveProjection(structuredClone(products))).toEqual(weights);
  const small = solveProjection(
    multiply(
      g,
      tasks.map((r) => r.map((x) => x * 2 ** -40)),
    ),
  );
  expect(small).toEqual(weights.map((v) => v * 2 ** 40));
});

it('refuses a gradient that is not finite, and says which', () => {
  const nan = {
    withArray: [1, Number.NaN],
    amongKept: [
      [1, Number.NaN],
      [Number.NaN, Number.NaN],
    ],
  };
  expect(() => solveProjection(nan)).toThrow('kept gradient 1 has the norm NaN');
});
