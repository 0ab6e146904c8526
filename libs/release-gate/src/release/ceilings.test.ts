import { exchangeModels, type PairedComparison } from '@holdfast/metrics';
import { describe, expect, it } from 'vitest';
import type { GateTask } from '../task/task-judgement.js';
import { compareExamples, compareGroups, repeatGroup } from '../test-support/flips.js';
import { judgeRelease } from './judge-release.js';

const evidence = { level: 0.05, policy: 'evidence', seed: 0 } as const;
const strict = { ...evidence, policy: 'strict' } as const;
const kept: GateTask = {
  task: 'stop',
  comparison: compareGroups(repeatGroup([10, 0, 0], 30)),
  tolerance: 0.2,
};

/** Judges a ceiling beside a task that kept everything. */
const judge = (
  comparison: PairedComparison,
  tolerance: number,
  settings: typeof evidence | typeof strict = evidence,
) => {
  const ceiling = { task: 'gore', comparison, tolerance, ceiling: true };
  const release = judgeRelease([kept, ceiling], settings);
  return { release, judged: release.tasks[1]! };
};

const cases: [name: string, comparison: PairedComparison][] = [
  ['groups that gain', compareGroups([...repeatGroup([10, 0, 7], 8), [10, 1, 2]])],
  ['groups that lose', compareGroups([...repeatGroup([10, 5, 0], 8), [10, 1, 2]])],
  ['groups with a few flips', compareGroups([...repeatGroup([8, 0, 0], 20), [8, 1, 3]])],
  ['groups without a flip', compareGroups(repeatGroup([10, 0, 0], 10))],
  ['few examples', compareExamples(60, { losses: 0, gains: 4 })],
  ['many examples', compareExamples(400, { losses: 5, gains: 30 })],
];

describe('a ceiling', () => {
  it.each(cases)('is judged as a loss of both models exchanged: %s', (_, comparison) => {
    for (const tolerance of [0, 0.05, 0.3]) {
      const { judged } = judge(comparison, tolerance);
      const exchanged = { ...kept, comparison: exchangeModels(comparison), tolerance };
      const loss = judgeRelease(
        [kept, exchanged].map((task, i) => ({ ...task, task: `${i}` })),
        evidence,
      ).tasks[1]!;
      for (const figure of [
        'verdict',
        'pValue',
        'holmPValue',
        'moreNeeded',
        'confidence',
      ] as const) {
        expect(judged[figure]).toEqual(loss[figure]);
      }
      expect(judged.comparison).toBe(comparison);
      expect(judged.estimate.upperBound).toBe(0 - loss.estimate.lowerBound);
      expect(judged.estimate.lowerBound).toBe(0 - loss.estimate.upperBound);
      expect(judged.simultaneousUpperBound).toBe(0 - loss.simultaneousLowerBound);
      expect(judged.estimate.mcnemarPValue).toBe(loss.estimate.mcnemarPValue);
      expect(judged.estimate.smallestDetectableDrop).toBe(loss.estimate.smallestDetectableDrop);
      expect(judged.estimate.lowerBound).toBeLessThanOrEqual(comparison.accuracyChange);
      expect(judged.estimate.upperBound).toBeGreaterThanOrEqual(comparison.accuracyChange);
    }
  });

  it('that grew is named, and withholds the release', () => {
    const { release, judged } = judge(compareGroups(repeatGroup([10, 0, 2], 30)), 0.05);
    expect(judged.verdict).toBe('REGRESSED');
    expect(judged.reason).toMatch(
      /^'gore' grew by 20\.0 points \(bounds \+\d+\.\d to \+\d+\.\d\), more than the 5 points tolerated\.$/,
    );
    expect(release.verdict).toBe('REGRESSED');
    expect(release.reason).toMatch(/^Not released: 'gore' grew by 20\.0 points/);
  });

  it('may lose whatever it loses', () => {
    const { release, judged } = judge(compareGroups(repeatGroup([10, 6, 0], 30)), 0);
    expect(judged.verdict).toBe('RETAINED');
    expect(judged.reason).toContain("'gore' lost 60.0 points (bounds -60.0 to -");
    expect(release.reason).toBe(
      "Released: 'stop' kept its accuracy (bounds -9.5 to +9.5): a drop beyond the 20 points tolerated is ruled out. Growth beyond what is tolerated is ruled out for the ceiling 'gore'.",
    );
  });

  it('is undecided where few groups could hide growth', () => {
    const { judged } = judge(compareGroups(repeatGroup([10, 0, 0], 10)), 0.2);
    expect(judged.verdict).toBe('UNDECIDED');
    expect(judged.reason).toMatch(
      /10 groups cannot rule out growth beyond the 20 points tolerated; about 4 more/,
    );
  });

  it('may not gain at all under the strict policy', () => {
    const one = compareGroups([[10, 0, 1], ...repeatGroup([10, 0, 0], 9)]);
    expect(judge(one, 0.5, strict).judged.verdict).toBe('REGRESSED');
    const none = judge(compareGroups(repeatGroup([10, 2, 0], 9)), 0.5, strict);
    expect(none.judged.verdict).toBe('RETAINED');
    expect(none.release.reason).toBe(
      "Released: 'stop' did not lose accuracy. Growth is ruled out for the ceiling 'gore'.",
    );
  });

  it('of which the old model gets nearly all right is called one that nothing holds', () => {
    // Right 4 times out of 5.
    const { release, judged } = judge(kept.comparison, 0.2);
    expect(judged.reason).toContain(
      'gets 80.0 % of it right, so that no growth beyond what is tolerated can show',
    );
    expect(release.reason).toMatch(/ruled out for 0 of 1 ceilings; not held, .*: 'gore'\.$/);
  });
});

describe('beside ceilings', () => {
  const ceiling = { ...kept, task: 'gore', ceiling: true };

  it('claims and sensitivity are about the tasks that must not be lost alone', () => {
    const floors = [kept, { ...kept, task: 'yield' }];
    const settings = { ...evidence, claims: [{ taskCount: 2, tolerance: 0.2 }] };
    const without = judgeRelease(floors, settings);
    const beside = judgeRelease([ceiling, ...floors], settings);
    expect(beside.claims).toEqual(without.claims);
    expect(beside.sensitivity).toEqual(without.sensitivity);
    const three = [{ taskCount: 3, tolerance: 0.2 }];
    expect(() => judgeRelease([ceiling, ...floors], { ...evidence, claims: three })).toThrow(
      'a claim is about 2 to all 2 protected tasks, not 3',
    );
  });

  it('a release needs a task that must not be lost', () => {
    expect(() => judgeRelease([ceiling], evidence)).toThrow('that is no ceiling');
  });

  it('no labels may be missing', () => {
    const comparison = { ...kept.comparison, missing: { largestGroup: 10 } };
    expect(() => judgeRelease([kept, { ...ceiling, comparison }], evidence)).toThrow(
      "the ceiling 'gore' lacks labels",
    );
  });
});
