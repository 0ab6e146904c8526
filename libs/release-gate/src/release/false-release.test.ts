import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { gaffkePValue } from '../bounds/gaffke-bound.js';
import type { Stratum } from '../bounds/group-strata.js';
import { signFlipPValue } from '../sign-flip/sign-flip-bound.js';
import { listSubsetChanges } from '../sign-flip/subset-changes.js';
import { exactReleaseRate } from '../test-support/exact-release-rate.js';
import { type FlipModel, simulateGroups } from '../test-support/simulate-flips.js';

const level = 0.05;
const runs = 1500;
// Three standard errors of the share of 1,500 runs.
const rateMax = level + 3 * Math.sqrt((level * (1 - level)) / runs);

/** The share of simulated tasks, each truly `tolerance` worse, that a rule would retain. */
function measureRate(
  sizes: readonly number[],
  model: FlipModel,
  retains: (strata: readonly Stratum[]) => boolean,
): number {
  const random = createRandom(11, sizes.length);
  let retained = 0;
  for (let run = 0; run < runs; run += 1) {
    if (retains(simulateGroups(sizes, model, random))) retained += 1;
  }
  return retained / runs;
}

const equal = (groups: number) => new Array<number>(groups).fill(10);
const mixed = (groups: number) => Array.from({ length: groups }, (_, i) => [4, 8, 16][i % 3]!);
const models: [name: string, model: (tolerance: number) => FlipModel][] = [
  ['rare large drops, correlation 0.9', (t) => ({ clusteredLoss: t, correlation: 0.9 })],
  [
    'whole groups lost among single flips',
    (t) => ({ clusteredLoss: t, correlation: 1, loss: 0.01, gain: 0.01 }),
  ],
  [
    'whole groups lost that gains make up for',
    (t) => ({ clusteredLoss: (t + 0.05) / 1.05, correlation: 1, gain: 0.05 }),
  ],
];

describe('the simulation', () => {
  it('draws drops of the rate and the correlation that it claims', () => {
    const random = createRandom(3);
    let [lost, pairsLost] = [0, 0];
    const groups = 20_000;
    for (const { change, count } of simulateGroups(
      equal(groups),
      { clusteredLoss: 0.2, correlation: 0.9 },
      random,
    )) {
      lost += count * -change;
      pairsLost += count * change * (change + 1);
    }
    const rate = lost / (10 * groups);
    // P(two images of a group are lost) = rate^2 + correlation rate (1 - rate).
    const correlation = (pairsLost / (90 * groups) - rate ** 2) / (rate * (1 - rate));
    // Standard errors: 0.2 x 0.8 / 20,000 groups, and less than 0.002.
    expect(Math.abs(rate - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / groups));
    expect(Math.abs(correlation - 0.9)).toBeLessThan(0.008);
  });
});

describe('the rate of false releases', () => {
  for (const [name, model] of models) {
    it.each([
      [10, 0.27],
      [10, 0.4],
      [15, 0.2],
      [20, 0.15],
      [20, 0.3],
    ])(`with ${name}: %i groups, tolerance %f`, (groups, tolerance) => {
      for (const sizes of [equal(groups), mixed(groups)]) {
        const rate = measureRate(
          sizes,
          model(tolerance),
          (strata) => gaffkePValue(strata, -tolerance) <= level,
        );
        expect(rate).toBeLessThanOrEqual(rateMax);
      }
    });
  }

  it.each([
    [15, 0.3],
    [20, 0.4],
    [30, 0.2],
  ])(
    'with only the largest of unequal groups lost: %i groups, tolerance %f',
    (groups, tolerance) => {
      const random = createRandom(12, groups);
      // A third of the groups, 16 of each 28 examples: this rate of losses among them.
      const clusteredLoss = (tolerance * 28) / 16;
      let retained = 0;
      for (let run = 0; run < runs; run += 1) {
        const sizes = Array.from({ length: groups }, () => [4, 8, 16][random.integer(3)]!);
        const large = sizes.filter((size) => size === 16);
        const others = sizes.filter((size) => size < 16);
        const strata = [
          ...simulateGroups(others, {}, random),
          ...simulateGroups(large, { clusteredLoss }, random),
        ];
        if (gaffkePValue(strata, -tolerance) <= level) retained += 1;
      }
      expect(retained / runs).toBeLessThanOrEqual(rateMax);
    },
  );

  it('would exceed the level many times by the sign-flip test alone', () => {
    // Why the lower bound is not the sign-flip's: a stray flip hides what was not seen.
    const tolerance = 0.05;
    const [, model] = models[1]!;
    const rate = measureRate(equal(10), model(tolerance), (strata) => {
      const mirrored = strata.map((stratum) => ({ ...stratum, change: -stratum.change }));
      if (strata.every(({ change }) => change === 0)) return false;
      return signFlipPValue(listSubsetChanges(mirrored, 0), tolerance) <= level;
    });
    expect(rate).toBeGreaterThan(0.3);
  });

  it.each([
    [50, 0.1],
    [100, 0.05],
    [300, 0.05],
    [1000, 0.02],
  ])('of %i independent examples at tolerance %f is at most the level, exactly', (examples, t) => {
    for (const gainRate of [0, 0.001, 0.01, 0.05]) {
      const rate = exactReleaseRate({
        examples,
        lossRate: gainRate + t,
        gainRate,
        tolerance: t,
        level,
      });
      expect(rate).toBeLessThanOrEqual(level);
      // Not by never releasing, where the tolerance leaves room for it.
      if (gainRate >= 0.01) expect(rate).toBeGreaterThan(level / 4);
    }
  });
});

describe('the power of the gate', () => {
  it.each([
    [12, 0.235],
    [20, 0.151],
    [45, 0.074],
  ])('retains an unchanged model four times in five: %i groups, tolerance %f', (groups, t) => {
    // One per cent of the images flip each way by chance.
    const rate = measureRate(
      equal(groups),
      { loss: 0.01, gain: 0.01 },
      (strata) => gaffkePValue(strata, -t) <= level,
    );
    expect(rate).toBeGreaterThanOrEqual(0.8);
  });
});
