import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaffkeLowerBound } from '../bounds/gaffke-bound.js';
import { stratify } from '../bounds/group-strata.js';
import { judgeRelease } from '../release/judge-release.js';
import type { GateTask } from '../task/task-judgement.js';
import { createDemoTasks } from '../test-support/demo-groups.js';
import { compareExamples, compareGroups, repeatGroup } from '../test-support/flips.js';
import { type ClaimTask, judgeClaim } from './judge-claim.js';

const settings = { level: 0.05, policy: 'evidence', seed: 0 } as const;
const clean = compareGroups(repeatGroup([10, 0, 0], 20));
const scratched = compareGroups([[10, 5, 0], ...repeatGroup([10, 0, 0], 19)]);
const fallen = compareGroups([...repeatGroup([10, 9, 0], 18), [10, 0, 0], [10, 0, 0]]);

function createTasks(
  total: number,
  others: readonly GateTask['comparison'][] = [],
  tolerance = 0.3,
): GateTask[] {
  return Array.from({ length: total }, (_, k) => ({
    task: `sign ${k}`,
    comparison: others[k] ?? clean,
    tolerance,
  }));
}

describe('claims about several tasks', () => {
  it('are bounded by the pooled groups of the worst set', () => {
    const { claims } = judgeRelease(createTasks(9), settings);
    expect(claims.map(({ taskCount }) => taskCount)).toEqual([2, 3, 9]);
    // 40, 60 and 180 groups without a flip.
    for (const [i, groups] of [40, 60, 180].entries()) {
      expect(claims[i]!.lowerBound).toBeCloseTo(-(1 - 0.05 ** (1 / groups)), 8);
    }
  });

  it('of the example are far sharper together than for one class', () => {
    const { tasks, claims } = judgeRelease(createDemoTasks(0.25), settings);
    const points = (bound: number) => Number((-100 * bound).toFixed(1));
    expect(points(Math.min(...tasks.map(({ estimate }) => estimate.lowerBound)))).toBe(21.0);
    expect(claims.map(({ lowerBound }) => points(lowerBound))).toEqual([11.5, 7.9, 0.8]);
    expect(claims.every(({ isExact }) => isExact)).toBe(true);
  });

  it('that are not stated decide nothing and say so', () => {
    const judgement = judgeRelease(createTasks(9), settings);
    expect(judgement.verdict).toBe('RETAINED');
    for (const claim of judgement.claims) {
      expect(claim).toMatchObject({ tolerance: undefined, verdict: undefined });
      expect(claim.reason).toMatch(/Not stated beforehand: this decides nothing\.$/);
    }
  });

  it('that hold lead the reason, sharpest first, with what one task may still hide', () => {
    const judgement = judgeRelease(createTasks(9), {
      ...settings,
      claims: [
        { taskCount: 2, tolerance: 0.1 },
        { taskCount: 9, tolerance: 0.02 },
      ],
    });
    expect(judgement.reason).toBe(
      'Released: together, the 9 protected tasks can have lost at most 1.7 points on average, any 2 can have lost at most 7.2 points on average; a single one can have lost up to 13.9 points unseen, of the 30 points tolerated.',
    );
    expect(judgement.claims[2]!.reason).toBe(
      'Together, the 9 protected tasks can have lost at most 1.7 points on average: a mean drop beyond the 2 points claimed is ruled out. A single one of them can have lost up to 13.9 points unseen.',
    );
  });

  it('withhold a release that every task by itself would get', () => {
    const tasks = createTasks(9, [scratched, scratched]);
    expect(judgeRelease(tasks, settings).verdict).toBe('RETAINED');
    const claims = [{ taskCount: 2, tolerance: 0.1 }];
    const judgement = judgeRelease(tasks, { ...settings, claims });
    expect(judgement.verdict).toBe('UNDECIDED');
    expect(judgement.tasks.every(({ verdict }) => verdict === 'RETAINED')).toBe(true);
    expect(judgement.reason).toMatch(
      /^Not released, for want of evidence: any 2 of the 9 protected tasks can have lost at most 10\.3 points on average \(the worst: 'sign 0', 'sign 1'\): that does not rule out a mean drop beyond the 10 points claimed; about \d+ more groups like these would\.$/,
    );
  });

  it('are decided by as many more groups as they say', () => {
    const claims = [{ taskCount: 2, tolerance: 0.1 }];
    const judged = judgeRelease(createTasks(2, [scratched, scratched]), { ...settings, claims });
    const { moreNeeded } = judged.claims[0]!;
    const bound = (more: number) => {
      const scale = (40 + more) / 40;
      const strata = [
        { size: 10, change: -5, count: 2 * scale },
        { size: 10, change: 0, count: 38 * scale },
      ];
      return gaffkeLowerBound(strata, 0.05);
    };
    expect(bound(moreNeeded)).toBeGreaterThanOrEqual(-0.1);
    expect(bound(moreNeeded - 1)).toBeLessThan(-0.1);
  });

  it('are regressed where the tasks that lost most are shown to have lost more', () => {
    const claims = [{ taskCount: 9, tolerance: 0.02 }];
    const tasks = createTasks(9, [fallen], 1);
    const judgement = judgeRelease(tasks, { ...settings, claims });
    expect(judgement.verdict).toBe('REGRESSED');
    // 162 of 1,800 images.
    expect(judgement.claims.at(-1)!.accuracyChange).toBeCloseTo(-0.09, 12);
    expect(judgement.reason).toMatch(
      /^Not released: together, the 9 protected tasks lost at least \d\.\d points on average, 9\.0 in these data: more than the 2 points claimed\.$/,
    );
  });

  it('that are regressed name the tasks that are shown to have lost, and no others', () => {
    const lost = compareExamples(300, { losses: 60, gains: 0 });
    const kept = compareExamples(300, { losses: 0, gains: 0 });
    const claims = [{ taskCount: 2, tolerance: 0.1 }];
    const tasks = createTasks(4, [kept, lost, kept, lost], 1);
    const [two] = judgeRelease(tasks, { ...settings, claims }).claims;
    expect(two).toMatchObject({
      verdict: 'REGRESSED',
      lostMost: { tasks: ['sign 1', 'sign 3'], accuracyChange: expect.closeTo(-0.2, 12) },
      reason: expect.stringMatching(
        /^'sign 1' and 'sign 3' lost at least 1\d\.\d points on average, 20\.0 in these data: more than the 10 points claimed\.$/,
      ),
    });
    const three = [{ taskCount: 3, tolerance: 0.05 }];
    const [, named] = judgeRelease(tasks, { ...settings, claims: three }).claims;
    expect(named!.reason).toMatch(/^'sign 0', 'sign 1' and 'sign 3' lost at least /);
  });

  it('hold by images and by tasks: the worse of both counts', () => {
    const large = compareGroups(repeatGroup([10, 0, 0], 180));
    const { claims } = judgeRelease(createTasks(2, [scratched, large]), settings);
    // By images 5 of 2,000; by tasks the mean of 5 of 200 and nothing.
    expect(claims[0]).toMatchObject({ accuracyChange: -0.0125, weighting: 'tasks' });
    const losesMore = compareGroups([
      ...repeatGroup([10, 10, 0], 18),
      ...repeatGroup([10, 0, 0], 162),
    ]);
    const [other] = judgeRelease(createTasks(2, [clean, losesMore]), settings).claims;
    expect(other!.accuracyChange).toBeCloseTo(-0.09, 12);
  });

  it('go by observed means under the strict policy', () => {
    const gained = compareGroups([[10, 0, 5], ...repeatGroup([10, 0, 0], 19)]);
    const strict = { ...settings, policy: 'strict' } as const;
    const claims = [{ taskCount: 2, tolerance: 0.5 }];
    expect(judgeRelease(createTasks(3, [gained]), { ...strict, claims }).verdict).toBe('RETAINED');
    expect(
      judgeRelease(createTasks(3, [scratched]), { ...strict, claims }).claims[0],
    ).toMatchObject({ verdict: 'REGRESSED' });
  });

  it('do not exist for a single task', () => {
    expect(judgeRelease(createTasks(1), settings).claims).toEqual([]);
  });

  it('count every image as a group where images are independent', () => {
    const independent = compareExamples(1000, { losses: 10, gains: 10 });
    const stated = [{ taskCount: 10, tolerance: 0.05 }];
    const tasks = createTasks(500, new Array(500).fill(independent));
    const { claims } = judgeRelease(tasks, { ...settings, claims: stated });
    expect(claims.map(({ taskCount }) => taskCount)).toEqual([10, 500]);
    const together = claims.at(-1)!;
    // 500,000 images of which 1 % flip each way: the normal bound is 1.645 sqrt(0.02 / 500,000).
    expect(together.lowerBound).toBeCloseTo(-3.29e-4, 5);
    expect(claims.every(({ isExact }) => isExact)).toBe(true);
  });

  it.each([
    [[{ taskCount: 1, tolerance: 0.1 }], /about 2 to all 3/],
    [[{ taskCount: 4, tolerance: 0.1 }], /about 2 to all 3/],
    [[{ taskCount: 2, tolerance: 1.1 }], /must be in \[0, 1\]/],
    [
      [
        { taskCount: 2, tolerance: 0.1 },
        { taskCount: 2, tolerance: 0.2 },
      ],
      /two claims are about 2/,
    ],
  ])('that mean nothing are refused: %j', (claims, message) => {
    expect(() => judgeRelease(createTasks(3), { ...settings, claims })).toThrow(message);
  });
});

describe('the curve of confidence', () => {
  it('crosses 1 - level at the lower bound, of a task and of all together', () => {
    const { tasks, claims } = judgeRelease(createTasks(9), settings);
    for (const [curve, groups] of [
      [tasks[0]!.confidence, 20],
      [claims[2]!.confidence, 180],
    ] as const) {
      // Without a flip: 1 - p(-x) = 1 - (1 - x)^G.
      for (const { drop, confidence } of curve) {
        expect(confidence).toBeCloseTo(1 - (1 - drop) ** groups, 8);
      }
    }
  });

  it('never falls, and is not above that of the bound for independent images', () => {
    const comparison = compareExamples(300, { losses: 12, gains: 6 });
    const [judged] = judgeRelease([{ task: 'a', comparison, tolerance: 0.1 }], settings).tasks;
    const curve = judged!.confidence.map(({ confidence }) => confidence);
    expect(curve).toEqual([...curve].sort((a, b) => a - b));
    for (const { drop, confidence } of judged!.confidence) {
      expect(confidence >= 0.95).toBe(-drop <= judged!.estimate.lowerBound);
    }
  });
});

describe('sensitivity', () => {
  it('is the bound under the assumption, by hand: 180 groups without a large loss', () => {
    const { sensitivity } = judgeRelease(createTasks(9), settings);
    // U: no large loss in 180 groups at level 0.01; L_y: 20 groups at level 0.04, half of which could be lost.
    const rate = 1 - 0.01 ** (1 / 180);
    const cut = 0.5 * (1 - 0.04 ** (1 / 20));
    expect(sensitivity.map(({ rateRatio }) => rateRatio)).toEqual([1, 2, 3, 9]);
    for (const { rateRatio, lowerBound } of sensitivity) {
      expect(lowerBound).toBeCloseTo(-(cut + (rateRatio * rate) / 2), 8);
    }
  });

  it('changes no verdict', () => {
    const tasks = createTasks(9, [], 0.1);
    const { verdict, sensitivity } = judgeRelease(tasks, settings);
    expect(sensitivity[0]!.lowerBound).toBeGreaterThan(-0.1);
    expect(verdict).toBe('UNDECIDED');
  });
});

describe('claims about tasks that share groups', () => {
  /** Drives of ten images of each of so many signs. */
  function drive(signs: number, drives: number, lost: (sign: number, drive: number) => boolean) {
    return Array.from({ length: signs }, (_, sign): GateTask => {
      const groups = Array.from({ length: drives }, (__, d) => ({
        name: `drive ${d}`,
        size: 10,
        negativeFlips: lost(sign, d) ? 10 : 0,
        positiveFlips: 0,
      }));
      return {
        task: `sign ${sign}`,
        comparison: { ...compareGroups(groups.map((g) => [10, g.negativeFlips, 0])), groups },
        tolerance: 0.6,
      };
    });
  }
  const zeroFlip = (groups: number) => -(1 - 0.05 ** (1 / groups));

  it('count a group once: ten drives that show nine signs are ten groups', () => {
    const claims = [{ taskCount: 9, tolerance: 0.04 }];
    const { verdict, claims: judged } = judgeRelease(
      drive(9, 10, () => false),
      { ...settings, claims },
    );
    expect(verdict).toBe('UNDECIDED');
    for (const claim of judged) {
      expect(claim.lowerBound).toBeCloseTo(zeroFlip(10), 8);
      expect(claim.isExact).toBe(true);
    }
    const sharp = judgeRelease(
      drive(9, 10, () => false),
      { ...settings, claims: [{ taskCount: 9, tolerance: 0.26 }] },
    );
    expect(sharp.verdict).toBe('RETAINED');
    // The sensitivity pools them likewise.
    const pooled = judgeRelease(
      drive(9, 10, () => false),
      settings,
    );
    const once = judgeRelease(
      drive(1, 10, () => false),
      settings,
    );
    for (const [i, { lowerBound }] of pooled.sensitivity.entries()) {
      expect(lowerBound).toBeCloseTo(once.sensitivity[i]!.lowerBound, 8);
    }
  });

  it('find the set that shares most of what was lost', () => {
    // Two signs lose the same drives, two others as many of each another.
    const tasks = drive(4, 20, (sign, d) =>
      sign < 2 ? d < 2 : d === 2 * sign || d === 2 * sign + 1,
    );
    const [two] = judgeRelease(tasks, settings).claims;
    expect(two).toMatchObject({ taskCount: 2, worstTasks: ['sign 0', 'sign 1'], isExact: true });
    const alone = gaffkeLowerBound(
      [
        { size: 20, change: -20, count: 2 },
        { size: 20, change: 0, count: 18 },
      ],
      0.05,
    );
    expect(two!.lowerBound).toBeCloseTo(alone, 8);
  });

  it('are bounded by the lowest task among too many sets, and not told where none was claimed', () => {
    const tasks = drive(80, 10, (sign, d) => sign === 0 && d === 0);
    expect(judgeRelease(tasks, settings).claims.map(({ taskCount }) => taskCount)).toEqual([80]);
    const claims = [{ taskCount: 3, tolerance: 0.5 }];
    const [three] = judgeRelease(tasks, { ...settings, claims }).claims;
    expect(three).toMatchObject({ taskCount: 3, isExact: false, verdict: 'RETAINED' });
    const own = judgeRelease(tasks, settings).tasks[0]!.estimate.lowerBound;
    expect(three!.lowerBound).toBeCloseTo(own, 8);
  });

  it('and lack labels are not REGRESSED under the strict policy', () => {
    const strict = {
      ...settings,
      policy: 'strict',
      claims: [{ taskCount: 2, tolerance: 0 }],
    } as const;
    const lost = drive(2, 10, (_, d) => d === 0);
    expect(judgeRelease(lost, strict).claims[0]!.verdict).toBe('REGRESSED');
    const missing = { largestGroup: 10 };
    const unknown = lost.map((task) => ({
      ...task,
      comparison: { ...task.comparison, missing },
    }));
    expect(judgeRelease(unknown, strict)).toMatchObject({
      verdict: 'UNDECIDED',
      claims: [{ verdict: 'UNDECIDED' }],
    });
  });
});

describe('claims where labels are missing', () => {
  const missing = { largestGroup: 1 };
  const claims = [{ taskCount: 2, tolerance: 0.02 }];
  const judge = (agreedOnB: number, isMissing: boolean) => {
    const lost = compareExamples(100, { losses: 8, gains: 0 });
    const won = compareExamples(20 + agreedOnB, { losses: 0, gains: 20 });
    const tasks = [lost, won].map(
      (comparison, k): GateTask => ({
        task: `sign ${k}`,
        comparison: isMissing ? { ...comparison, missing } : comparison,
        tolerance: 0.2,
      }),
    );
    return judgeRelease(tasks, { ...settings, claims });
  };

  it('do not hold by a gain that few images count for, where all of them would show a loss', () => {
    const all = judge(980, false);
    expect(all.claims[0]).toMatchObject({ verdict: 'UNDECIDED', weighting: 'tasks' });
    expect(all.claims[0]!.accuracyChange).toBeCloseTo(-0.03, 12);
    const some = judge(0, true);
    expect(some).toMatchObject({
      verdict: 'UNDECIDED',
      claims: [{ verdict: 'UNDECIDED', isExact: false, worstTasks: ['sign 0'] }],
    });
    expect(some.claims[0]!.lowerBound).toBeLessThanOrEqual(all.claims[0]!.lowerBound);
    expect(some.reason).toContain("(a limit: that of 'sign 0' by itself)");
    for (const [i, { confidence }] of some.claims[0]!.confidence.entries()) {
      expect(confidence).toBeLessThanOrEqual(all.claims[0]!.confidence[i]!.confidence);
    }
  });

  /** Groups of one size: one task's are lost and kept, and known; another's are won, and most that are kept are left out. */
  const integer = (min: number, max: number) => fc.integer({ min, max });
  const arbitraryTask = fc.oneof(
    fc.record({
      size: integer(1, 4),
      flipped: integer(-9, 0),
      kept: integer(80, 160),
      leftOut: integer(0, 20),
    }),
    fc.record({
      size: integer(1, 4),
      flipped: integer(0, 20),
      kept: integer(1, 6),
      leftOut: integer(0, 2000),
    }),
  );

  it.each([false, true])(
    'have no bound above that of all labels; groups shared: %s',
    (isShared) => {
      const all = { taskCount: 2, tolerance: undefined, level: 0.05, policy: 'evidence' } as const;
      fc.assert(
        fc.property(fc.array(arbitraryTask, { minLength: 2, maxLength: 3 }), (drawn) => {
          const bound = (isIncomplete: boolean) => {
            const tasks = drawn.map(({ size, flipped, kept, leftOut }, k): ClaimTask => {
              const known = Math.abs(flipped) + kept;
              const length = isIncomplete ? known : known + leftOut;
              const groups = Array.from({ length }, (_, g) => ({
                name: `drive ${g}`,
                size,
                change: g < Math.abs(flipped) ? Math.sign(flipped) * size : 0,
              }));
              const shared = isShared ? { groups, largest: size } : undefined;
              return { task: `${k}`, strata: stratify(groups, 0), shared, isIncomplete };
            });
            return judgeClaim(tasks, all).lowerBound;
          };
          // Bounds are solved to 1e-11 in p.
          expect(bound(true)).toBeLessThanOrEqual(bound(false) + 1e-8);
        }),
        { numRuns: 30 },
      );
    },
  );
});
