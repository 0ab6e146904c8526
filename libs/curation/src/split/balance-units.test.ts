import { describe, expect, it } from 'vitest';
import { balanceUnits, type SplitUnit } from './balance-units.js';
import { describeBalance } from './describe-balance.js';

const shares = [0.6, 0.25, 0.15];
const settings = { shares, strataCount: 3, seed: 0 };
const unit = (label: number, images: number, fixed?: number): SplitUnit => ({
  label,
  images: new Map([[label, images]]),
  fixed,
});

/** Images by part of a label. */
function countParts(units: readonly SplitUnit[], partOf: Uint8Array, label: number): number[] {
  return shares.map((_, part) =>
    units.reduce(
      (sum, { images }, i) => sum + (partOf[i] === part ? (images.get(label) ?? 0) : 0),
      0,
    ),
  );
}

describe('balanceUnits', () => {
  it('gives each part its share of every label, whatever the sizes of its units', () => {
    const sizes = [40, 30, 20, 20, 15, 15, 10, 10, 10, 10, 5, 5, 5, 5];
    const units = [
      ...sizes.map((size) => unit(0, size)),
      ...Array.from({ length: 100 }, () => unit(1, 1)),
    ];
    const partOf = balanceUnits(units, settings);
    expect(countParts(units, partOf, 1)).toEqual([60, 25, 15]);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    for (const [part, count] of countParts(units, partOf, 0).entries()) {
      // Shares of its units count as much: no part is off by more than its largest unit but one, 30 of 200.
      expect(Math.abs(count / total - shares[part]!)).toBeLessThanOrEqual(0.1001);
    }
  });

  it('puts a label with three units into every part, and one with two into two', () => {
    const units = [unit(0, 9), unit(0, 1), unit(0, 1), unit(1, 5), unit(1, 5)];
    const partOf = balanceUnits(units, settings);
    expect([...partOf.subarray(0, 3)].sort()).toEqual([0, 1, 2]);
    expect(new Set(partOf.subarray(3)).size).toBe(2);
  });

  it('leaves fixed units where they are, and counts them', () => {
    const units = [unit(0, 10, 2), ...Array.from({ length: 10 }, () => unit(0, 1))];
    const partOf = balanceUnits(units, settings);
    expect(partOf[0]).toBe(2);
    expect(countParts(units, partOf, 0)[2]).toBe(10);
  });

  it('gives nothing to a part without a share', () => {
    const units = Array.from({ length: 20 }, () => unit(0, 1));
    const partOf = balanceUnits(units, { ...settings, shares: [0.75, 0.25, 0] });
    expect(countParts(units, partOf, 0)).toEqual([15, 5, 0]);
  });

  it('draws by its seed alone', () => {
    const units = Array.from({ length: 40 }, () => unit(0, 1));
    const draw = (seed: number) => balanceUnits(units, { ...settings, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe('describeBalance', () => {
  it('says what has nothing in a part and what is off, the worst first, and why', () => {
    const units = [
      unit(0, 90),
      unit(0, 5),
      unit(0, 5),
      unit(1, 7),
      unit(2, 4),
      unit(2, 4),
      unit(2, 2),
    ];
    const partOf = Uint8Array.from([0, 1, 2, 0, 0, 1, 2]);
    const { strata, unbalanced } = describeBalance(units, partOf, {
      shares,
      strata: ['fog', 'tunnel', 'rain'],
    });
    expect(strata[0]).toEqual({ name: 'fog', images: [90, 5, 5], units: [1, 1, 1] });
    expect(unbalanced).toEqual([
      'tunnel: nothing in val and test, of 1 group',
      'fog: train 90 %, val 5 %, test 5 % instead of 60 %, 25 %, 15 %; it has 3 groups, the largest with 90 % of its images',
      'rain: train 40 %, val 40 %, test 20 % instead of 60 %, 25 %, 15 %; it has 3 groups, the largest with 40 % of its images',
    ]);
  });
});
