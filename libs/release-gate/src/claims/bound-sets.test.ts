import { createRandom } from '@holdfast/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaffkeLowerBound, gaffkePValue } from '../bounds/gaffke-bound.js';
import { meanChange, type Stratum } from '../bounds/group-strata.js';
import { simulateGroups } from '../test-support/simulate-flips.js';
import { arbitraryStrata } from '../test-support/strata.js';
import { boundSets } from './bound-sets.js';
import { computeChernoffFactors } from './chernoff-factors.js';
import { countSets } from './count-sets.js';
import { listWorseTasks } from './list-worse-tasks.js';
import { findLowestMean } from './lowest-mean.js';
import { searchSets } from './search-sets.js';
import { poolTasks, weighTask, weightings } from './task-weighting.js';

/** Every set, the plain way. */
function listSets(total: number, size: number, start = 0): number[][] {
  if (size === 0) return [[]];
  const sets: number[][] = [];
  for (let first = start; first <= total - size; first += 1) {
    for (const rest of listSets(total, size - 1, first + 1)) sets.push([first, ...rest]);
  }
  return sets;
}

const poolSet = (tasks: readonly (readonly Stratum[])[], set: readonly number[]) =>
  poolTasks(set.map((index) => tasks[index]!));

const arbitraryTasks = fc.array(arbitraryStrata, { minLength: 2, maxLength: 6 }).chain((tasks) =>
  fc.tuple(
    fc.constantFrom(...weightings).map((w) => tasks.map((strata) => weighTask(strata, w))),
    fc.integer({ min: 2, max: tasks.length }),
  ),
);

function simulateTasks(count: number, seed: number): Stratum[][] {
  const random = createRandom(seed, count);
  return Array.from({ length: count }, () => {
    const sizes = Array.from({ length: 20 + random.integer(16) }, () => 8 + random.integer(5));
    return simulateGroups(sizes, { loss: 0.01, gain: 0.01 }, random);
  });
}

describe('the mean of several tasks', () => {
  const small = [{ size: 10, change: -4, count: 2 }];
  const large = [{ size: 10, change: 0, count: 18 }];

  it('counts every image alike, or every task', () => {
    const mean = (weighting: (typeof weightings)[number]) =>
      meanChange(poolTasks([small, large].map((strata) => weighTask(strata, weighting))));
    // 8 of 200 images; the mean of 0.4 and 0.
    expect(mean('images')).toBeCloseTo(-0.04, 14);
    expect(mean('tasks')).toBeCloseTo(-0.2, 14);
  });

  it('has the lowest of all sets', () => {
    fc.assert(
      fc.property(arbitraryTasks, ([tasks, setSize]) => {
        const means = listSets(tasks.length, setSize).map((set) => meanChange(poolSet(tasks, set)));
        const lowest = findLowestMean(tasks, setSize);
        expect(lowest.mean).toBeCloseTo(Math.min(...means), 12);
        expect(meanChange(poolSet(tasks, lowest.set))).toBeCloseTo(lowest.mean, 12);
      }),
      { numRuns: 200 },
    );
  });
});

describe('boundSets', () => {
  it('is the least of the bounds of every set', () => {
    fc.assert(
      fc.property(arbitraryTasks, ([tasks, setSize]) => {
        const bounds = listSets(tasks.length, setSize).map((set) =>
          gaffkeLowerBound(poolSet(tasks, set), 0.05),
        );
        const found = boundSets(tasks, setSize, 0.05);
        expect(found.isExact).toBe(true);
        // Bounds are solved to 1e-11 in p.
        expect(found.lowerBound).toBeCloseTo(Math.min(...bounds), 8);
        expect(gaffkeLowerBound(poolSet(tasks, found.worstSet), 0.05)).toBe(found.worstSetBound);
      }),
      { numRuns: 30 },
    );
  });

  it('of tasks that are all the same is that of any of their sets', () => {
    const task = [{ size: 10, change: 0, count: 20 }];
    const found = boundSets(new Array(300).fill(task), 3, 0.05);
    // 60 groups without a flip.
    expect(found).toMatchObject({ isExact: true });
    expect(found.lowerBound).toBeCloseTo(-(1 - 0.05 ** (1 / 60)), 8);
  });

  it('is exact for any two of five hundred tasks, whichever way sets are left out', () => {
    const tasks = simulateTasks(500, 5);
    const found = boundSets(tasks, 2, 0.05);
    expect(found.isExact).toBe(true);
    const random = createRandom(6);
    for (let i = 0; i < 100; i += 1) {
      const first = random.integer(500);
      const set = [first, (first + 1 + random.integer(499)) % 500];
      expect(gaffkePValue(poolSet(tasks, set), found.lowerBound)).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  it('says so where sets are too many, and then lies below that of every set it knows', () => {
    const tasks = simulateTasks(40, 5).map((strata) => weighTask(strata, 'tasks'));
    const found = boundSets(tasks, 10, 0.05);
    expect(found.isExact).toBe(false);
    expect(found.lowerBound).toBeLessThan(found.worstSetBound);
    const random = createRandom(7);
    for (let i = 0; i < 40; i += 1) {
      const places = tasks.map((_, index) => ({ index, key: random.uniform() }));
      const set = places.sort((a, b) => a.key - b.key).map(({ index }) => index);
      const pooled = poolSet(tasks, set.slice(0, 10));
      expect(gaffkePValue(pooled, found.lowerBound)).toBeLessThan(0.05);
    }
  });

  it('rises with the level', () => {
    const tasks = simulateTasks(9, 5);
    const bounds = [0.01, 0.05, 0.2].map((level) => boundSets(tasks, 3, level).lowerBound);
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
    expect(bounds[0]).toBeLessThan(bounds[2]!);
  });
});

describe('what is left out of a search', () => {
  it('never has a p-value above the level: the factors bound the p-value of every set', () => {
    fc.assert(
      fc.property(arbitraryTasks, fc.double({ min: -0.9, max: 0, noNaN: true }), (given, delta) => {
        const [tasks, setSize] = given;
        const factors = computeChernoffFactors(tasks, delta);
        for (const set of listSets(tasks.length, setSize)) {
          const p = gaffkePValue(poolSet(tasks, set), delta);
          for (const { tasks: f, unseen } of factors) {
            const sum = set.reduce((s, k) => s + f[k]!, Math.max(...set.map((k) => unseen[k]!)));
            // p is found to within 1e-11.
            expect(p).toBeLessThanOrEqual(Math.exp(sum) + 1e-10);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('has a worse task that would make the p-value no smaller', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryStrata, { minLength: 3, maxLength: 6 }),
        fc.double({ min: -0.9, max: 0, noNaN: true }),
        (tasks, delta) => {
          const company = tasks[0]!;
          listWorseTasks(tasks, { delta, countMax: 6 }).forEach((worse, k) => {
            const p = gaffkePValue(poolTasks([company, tasks[k]!]), delta);
            for (const j of worse) {
              const swapped = gaffkePValue(poolTasks([company, tasks[j]!]), delta);
              expect(swapped).toBeGreaterThanOrEqual(p - 1e-10);
            }
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('finds a fallen task among clean ones', () => {
    const clean = [{ size: 10, change: 0, count: 30 }];
    const fallen = [
      { size: 10, change: -10, count: 3 },
      { size: 10, change: 0, count: 27 },
    ];
    const tasks = [clean, clean, fallen, clean];
    const question = { setSize: 2, level: 0.05, evaluationsMax: 100 };
    expect(searchSets(tasks, { ...question, delta: -0.05 })).toMatchObject({
      set: expect.arrayContaining([2]),
    });
    expect(searchSets(tasks, { ...question, delta: -0.2 })).toBe('none');
  });
});

it('counts sets', () => {
  expect([countSets(9, 2), countSets(9, 3), countSets(9, 9), countSets(1000, 2)]).toEqual([
    36, 84, 1, 499_500,
  ]);
});
