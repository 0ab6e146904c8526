import { comparePaired } from '@holdfast/metrics';
import { describe, expect, it } from 'vitest';
import { estimateChange } from '../evidence/estimate-change.js';
import { moreNeededMax } from '../task/count-more-needed.js';
import type { GateTask } from '../task/task-judgement.js';
import { compareExamples, compareGroups, repeatGroup } from '../test-support/flips.js';
import { judgeRelease } from './judge-release.js';

const evidence = { level: 0.05, policy: 'evidence', seed: 0 } as const;
const strict = { ...evidence, policy: 'strict' } as const;
const judgeOne = (
  task: Omit<GateTask, 'task'>,
  settings: typeof evidence | typeof strict = evidence,
) => judgeRelease([{ task: 'stop', ...task }], settings).tasks[0]!;

const unchanged = compareGroups(repeatGroup([10, 0, 0], 10));
const regressed = compareGroups([
  [10, 7, 0],
  [10, 3, 1],
  [10, 5, 0],
  [10, 9, 0],
  [10, 4, 0],
  [10, 6, 0],
  [10, 2, 0],
  [10, 5, 0],
]);

describe('the old model against itself', () => {
  it('is retained under the strict policy', () => {
    const judgement = judgeRelease([{ task: 'stop', comparison: unchanged, tolerance: 0 }], strict);
    expect(judgement.verdict).toBe('RETAINED');
    expect(judgement.reason).toBe("Released: 'stop' did not lose accuracy.");
  });

  it.each([
    ['groups', unchanged],
    ['examples', compareExamples(80, { losses: 0, gains: 0 })],
  ])(
    'is retained with a tolerance exactly if that is at least the zero-flip bound: %s',
    (_, same) => {
      const bound = -estimateChange(same, { level: 0.05, seed: 0 }).lowerBound;
      expect(judgeOne({ comparison: same, tolerance: bound }).verdict).toBe('RETAINED');
      expect(judgeOne({ comparison: same, tolerance: bound - 1e-9 }).verdict).toBe('UNDECIDED');
      expect(judgeOne({ comparison: same, tolerance: 0 }).verdict).toBe('UNDECIDED');
    },
  );

  it('gives no evidence of a drop', () => {
    const { pValue, holmPValue } = judgeOne({ comparison: unchanged, tolerance: 0 });
    expect([pValue, holmPValue]).toEqual([1, 1]);
  });
});

describe('a task of which the old model gets no more right than may be lost', () => {
  /** Ten examples in each of twenty groups, of which the old model gets so many right. */
  const createTask = (task: string, right: number): GateTask => {
    const labels = Array.from({ length: 200 }, () => 1);
    const answers = labels.map((_, i) => (i < right ? 1 : 0));
    const groups = labels.map((_, i) => `group ${i % 20}`);
    const flips = { labels, reference: answers, candidate: answers, groups };
    return { task, comparison: comparePaired(flips), tolerance: 0.2 };
  };

  it('is named in its own reason and in that of the release, and not counted as protected', () => {
    const tasks = [createTask('known', 180), createTask('barely', 40), createTask('never', 0)];
    const judgement = judgeRelease(tasks, evidence);
    expect(judgement.verdict).toBe('RETAINED');
    expect(judgement.tasks.map(({ reason }) => /nothing is protected here/.test(reason))).toEqual([
      false,
      true,
      true,
    ]);
    expect(judgement.tasks[1]!.reason).toContain('gets 20.0 % of it right');
    expect(judgement.reason).toBe(
      "Released: a drop beyond what is tolerated is ruled out for 1 of the 3 protected tasks; not protected, because the old model gets too little of them right for a loss to show: 'barely', 'never'.",
    );
    expect(judgeRelease(tasks.slice(2), evidence).reason).toContain('nothing is protected here');
  });

  it('is one that the old model gets a little more right, no longer', () => {
    const { reason } = judgeRelease([createTask('just', 41)], evidence);
    expect(reason).not.toContain('nothing is protected');
  });

  it('is only one of which it gets nothing right, where no loss is tolerated', () => {
    const tasks = [createTask('barely', 40), createTask('never', 0)];
    const { reason } = judgeRelease(tasks, strict);
    expect(reason).toBe(
      "Released: a loss is ruled out for 1 of the 2 protected tasks; not protected, because the old model gets too little of them right for a loss to show: 'never'.",
    );
    expect(judgeRelease(tasks.slice(1), strict).reason).toContain('nothing is protected here');
  });

  it('is one of ten that are named, where there are more', () => {
    const tasks = Array.from({ length: 13 }, (_, i) => createTask(`never ${i}`, 0));
    expect(judgeRelease(tasks, evidence).reason).toMatch(/'never 9' and 3 more\.$/);
  });
});

describe('a planted regression', () => {
  const tasks = [
    { task: 'stop', comparison: unchanged, tolerance: 0.3 },
    { task: 'speed limit 50', comparison: regressed, tolerance: 0.05 },
  ];

  it('is named, with its loss, bounds and tolerance', () => {
    const judgement = judgeRelease(tasks, evidence);
    expect(judgement.verdict).toBe('REGRESSED');
    expect(judgement.tasks.map((task) => task.verdict)).toEqual(['RETAINED', 'REGRESSED']);
    expect(judgement.reason).toBe(
      "Not released: 'speed limit 50' lost 50.0 points (bounds -69.6 to -35.0), more than the 5 points tolerated.",
    );
  });

  it('is named under the strict policy too', () => {
    expect(judgeRelease(tasks, strict).reason).toBe(
      "Not released: 'speed limit 50' lost 50.0 points, and the strict policy tolerates no loss.",
    );
  });

  it('has a p-value below the level, also after Holm among two tasks', () => {
    const { pValue, holmPValue } = judgeRelease(tasks, evidence).tasks[1]!;
    // All eight signs fell: 2^-8.
    expect(pValue).toBe(1 / 256);
    expect(holmPValue).toBe(2 / 256);
  });

  it('is called a possible chance finding where Holm undoes it', () => {
    const quiet = Array.from({ length: 19 }, (_, i) => ({
      task: `sign ${i}`,
      comparison: unchanged,
      tolerance: 0.3,
    }));
    const judged = judgeRelease([...quiet, tasks[1]!], evidence).tasks[19]!;
    expect(judged.verdict).toBe('REGRESSED');
    expect(judged.reason).toMatch(
      /more than the 5 points tolerated \(by itself; among 20 tasks .* 0\.08\)\.$/,
    );
  });
});

describe('an undecided task', () => {
  it('says how many more groups like these would decide, and that many do', () => {
    const judged = judgeOne({ comparison: unchanged, tolerance: 0.05 });
    expect(judged.verdict).toBe('UNDECIDED');
    expect(judged.reason).toBe(
      "'stop' kept its accuracy (bounds -25.9 to +25.9): 10 groups cannot rule out a drop beyond the 5 points tolerated; about 49 more like these would.",
    );
    const verdictOf = (groups: number) =>
      judgeOne({ comparison: compareGroups(repeatGroup([10, 0, 0], groups)), tolerance: 0.05 })
        .verdict;
    expect([verdictOf(58), verdictOf(59)]).toEqual(['UNDECIDED', 'RETAINED']);
  });

  it('says how many more examples would decide, at the observed discordance', () => {
    const judged = judgeOne({
      comparison: compareExamples(300, { losses: 12, gains: 6 }),
      tolerance: 0.03,
    });
    expect(judged.verdict).toBe('UNDECIDED');
    expect(judged.reason).toMatch(
      /300 examples cannot rule out .*; about \d+ more like these would/,
    );
    const factor = (300 + judged.moreNeeded) / 300;
    const enough = compareExamples(300 + judged.moreNeeded, {
      losses: Math.round(12 * factor),
      gains: Math.round(6 * factor),
    });
    const { lowerBound } = estimateChange(enough, evidence);
    // The counts had to be rounded to whole flips.
    expect(Math.abs(lowerBound + 0.03)).toBeLessThan(5e-4);
  });

  it('says that none would, if the observed change is no better than the tolerance allows', () => {
    const comparison = compareGroups([[10, 7, 0], [10, 3, 1], ...repeatGroup([10, 0, 0], 8)]);
    const judged = judgeOne({ comparison, tolerance: 0.05 });
    expect(judged).toMatchObject({ verdict: 'UNDECIDED', moreNeeded: 0 });
    expect(judged.reason).toMatch(/no number of further groups like these would clear it\.$/);
    const onTheLimit = compareExamples(1000, { losses: 50, gains: 0 });
    expect(judgeOne({ comparison: onTheLimit, tolerance: 0.05 }).moreNeeded).toBe(0);
  });

  it('stops counting at ten million', () => {
    const judged = judgeOne({
      comparison: compareExamples(1000, { losses: 50, gains: 0 }),
      tolerance: 0.05 + 1e-6,
    });
    expect(judged.moreNeeded).toBe(moreNeededMax);
    expect(judged.reason).toMatch(/more than 10000000 more like these/);
  });

  it('makes the release undecided, naming the others', () => {
    const task = (name: string, comparison = unchanged) => ({
      task: name,
      comparison,
      tolerance: 0.05,
    });
    const judgement = judgeRelease([task('stop'), task('yield')], evidence);
    expect(judgement.verdict).toBe('UNDECIDED');
    expect(judgement.reason).toMatch(
      /^Not released, for want of evidence: 'stop' kept .*; undecided too: 'yield'\.$/,
    );
  });
});

describe('judgeRelease', () => {
  const gained = compareExamples(400, { losses: 4, gains: 12 });

  it('retains what all tasks retain', () => {
    const tasks = ['a', 'b', 'c'].map((task) => ({ task, comparison: gained, tolerance: 0.05 }));
    const judgement = judgeRelease(tasks, evidence);
    expect(judgement.verdict).toBe('RETAINED');
    expect(judgement.reason).toBe(
      'Released: a drop beyond what is tolerated is ruled out for all 3 protected tasks.',
    );
    expect(judgement.tasks[0]!.reason).toMatch(/^'a' gained 2\.0 points \(bounds \+/);
    expect(judgeRelease(tasks, strict).reason).toBe(
      'Released: none of the 3 protected tasks lost accuracy.',
    );
    expect(judgeRelease(tasks.slice(0, 1), evidence).reason).toMatch(/^Released: 'a' gained/);
  });

  it('regresses a point estimate below 0 under the strict policy, however small', () => {
    const comparison = compareExamples(400, { losses: 3, gains: 2 });
    expect(judgeOne({ comparison, tolerance: 0.5 }, strict).verdict).toBe('REGRESSED');
  });

  it('has simultaneous intervals that contain the single ones', () => {
    const tasks = ['a', 'b', 'c'].map((task) => ({ task, comparison: regressed, tolerance: 0.05 }));
    for (const judged of judgeRelease(tasks, evidence).tasks) {
      expect(judged.simultaneousLowerBound).toBeLessThan(judged.estimate.lowerBound);
      expect(judged.simultaneousUpperBound).toBeGreaterThan(judged.estimate.upperBound);
    }
  });

  it.each([
    ['groups', regressed],
    ['examples', compareExamples(300, { losses: 90, gains: 10 })],
  ])('calls a drop shown exactly where the upper bound lies below the tolerance: %s', (_, drop) => {
    const { upperBound } = estimateChange(drop, evidence);
    expect(judgeOne({ comparison: drop, tolerance: -upperBound }).verdict).toBe('UNDECIDED');
    for (const tolerance of [0, 0.1, -upperBound - 1e-6, -upperBound + 1e-6, 0.6]) {
      const judged = judgeOne({ comparison: drop, tolerance });
      expect(judged.verdict === 'REGRESSED').toBe(upperBound < -tolerance);
      expect(judged.pValue <= 0.05).toBe(upperBound < -tolerance);
    }
  });

  it('gives the same judgement twice', () => {
    const tasks = [{ task: 'a', comparison: regressed, tolerance: 0.05 }];
    expect(judgeRelease(tasks, evidence)).toEqual(judgeRelease(tasks, evidence));
  });

  it.each([
    ['there is no task', [], evidence, /needs a protected task/],
    [
      'the level is out of range',
      [{ task: 'a', comparison: gained, tolerance: 0 }],
      { ...evidence, level: 0.5 },
      /level/,
    ],
    [
      'a tolerance is out of range',
      [{ task: 'a', comparison: gained, tolerance: 1.5 }],
      evidence,
      /tolerance of 'a'/,
    ],
  ])('refuses when %s', (_, tasks, settings, message) => {
    expect(() => judgeRelease(tasks, settings)).toThrow(message);
  });
});
