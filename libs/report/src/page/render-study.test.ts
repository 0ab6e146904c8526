import { describe, expect, it } from 'vitest';
import type { StudyReport } from '../study-report.js';
import { renderStudy } from './render-study.js';

const none = { mean: null, lower: null, upper: null };
const all = { count: 2, of: 2, lower: 0.16, upper: 1 };
const place = {
  targetGain: { mean: 0.3, lower: 0.2, upper: 0.4 },
  devSafetyAccuracy: { mean: -0.01, lower: -0.02, upper: 0 },
  meanProtectedChange: { mean: 0.004, lower: 0.001, upper: 0.007 },
  retained: all,
  onFront: true,
};

const run = {
  cell: 'retain-seed-0',
  method: 'retain',
  seed: 0,
  setting: 'stop',
  target: 'stop',
  variant: null,
  state: 'finished' as const,
  failure: null,
  figures: {
    outcome: 'RETAINED' as const,
    reason: 'Nothing fell.',
    validation: {
      targetGain: 0.3,
      devSafetyAccuracy: -0.01,
      devSafetyLoss: null,
      negativeFlips: 0.01,
      positiveFlips: 0,
    },
    test: null,
    calibration: { all: { old: 0.0412, new: 0.0509 } },
    trainingSeconds: null,
    resumed: false,
  },
  trajectory: [
    { step: 50, targetChange: 0.1, worstChange: -0.04, worstTask: 'yield' },
    { step: 100, targetChange: 0.3, worstChange: null, worstTask: null },
  ],
};

const report: StudyReport = {
  study: { name: 'study.yaml', sha256: 'a'.repeat(64) },
  plan: { name: 'plan.yaml', sha256: 'b'.repeat(64) },
  conclude: { images: 'validation', margin: 0.02, method: 'retain', level: 0.05 },
  measure: 'target gain',
  cells: [
    run,
    { ...run, cell: 'flyp-seed-0', state: 'failed', failure: '<b>diverged</b>', figures: null },
    { ...run, cell: 'retain-seed-1', seed: 1, trajectory: run.trajectory.slice(0, 1) },
  ],
  methods: [
    {
      method: 'retain',
      setting: 'stop',
      runs: 1,
      failed: 0,
      released: all,
      validation: { ...place, devSafetyLoss: none, negativeFlips: none, positiveFlips: none },
      test: null,
      calibration: { old: { mean: 0.0412, lower: 0.0411, upper: 0.0413 }, new: none, change: none },
      trainingSeconds: none,
      measuringSeconds: none,
      stepImages: { mean: 12345.4, lower: 12000, upper: 12690.8 },
      measuredImages: none,
    },
  ],
  conclusions: [
    {
      setting: 'stop',
      method: 'retain',
      against: 'flyp',
      againstSetting: 'stop',
      measure: 'target gain',
      margin: 0.02,
      outcome: 'OPEN',
      pairs: 0,
      difference: none,
      level: 0.05,
      reason: '1 of these runs is left',
    },
  ],
  ...{ aim: null, aims: [], power: [] },
  softwareVersion: '0.1.0',
};

describe('renderStudy', () => {
  it('says what is finished, what failed and what is left, and escapes it', () => {
    const page = renderStudy(report);
    expect(page).toContain('2 of 3 runs are finished, 1 failed.');
    expect(page).toContain('failed: &lt;b&gt;diverged&lt;/b&gt;');
    expect(page).toContain('<b>Not yet</b>: retain against flyp');
    expect(page).toMatch(/<\/svg> released<\/td>/);
    expect(page).toContain("default-src 'none'");
  });

  it('draws mean, interval and front, and no plot of images that were not read', () => {
    const page = renderStudy(report);
    expect(page.match(/class="whisker/g)).toHaveLength(2);
    expect(page).toContain('class="front"');
    expect(page).toContain('On validation images');
    expect(page).not.toContain('On test images');
  });

  it('says what methods cost and how well their models are calibrated, and a dash of what is not known', () => {
    const page = renderStudy(report);
    expect(page).toContain('12,345<span class="interval-text">12,000 to 12,691</span>');
    // Where the ends read like the mean they say nothing.
    expect(page).toContain('<td class="number">0.041</td>');
    expect(page).toContain('0.041 → 0.051');
    const [first] = report.methods;
    const unsure = { ...first!, stepImages: { mean: 9000, lower: -3000, upper: 21_000 } };
    expect(renderStudy({ ...report, methods: [unsure] })).toContain('0 to 21,000');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('names the runs that no mean of cost has, and nothing where each has all', () => {
    const resumed = { ...run, figures: { ...run.figures, resumed: true } };
    const page = renderStudy({ ...report, cells: [resumed] });
    expect(page).toContain('Cost without that of retain-seed-0: it went on from a checkpoint');
    expect(page).toContain('<td class="number">resumed</td>');
    expect(renderStudy(report)).not.toContain('resumed');
  });

  it('says the aim, and what each run was short of it', () => {
    const named = { setting: 'stop' };
    const aims = [
      { ...named, method: 'retain', outcome: 'REACHED' as const, reached: all, missed: [] },
      {
        ...{ ...named, method: 'flyp', outcome: 'MISSED' as const },
        reached: { count: 1, of: 2, lower: 0.01, upper: 0.99 },
        missed: [{ cell: 'flyp-seed-1', reason: 'target gain 38.1 points' }],
      },
    ];
    const page = renderStudy({
      ...report,
      aim: 'target gain at least 40 points on validation images, in 2 runs of a method',
      aims,
    });
    expect(page).toContain('target gain at least 40 points on validation images, in 2 runs');
    expect(page).toMatch(/<\/svg> reached<\/td>/);
    expect(page).toContain('flyp-seed-1: target gain 38.1 points');
    expect(renderStudy(report)).not.toContain('The aim');
  });

  it('draws one method under two settings by the measure and margin of the question', () => {
    const between = {
      ...report.conclusions[0]!,
      ...{
        setting: 'hundred',
        against: 'retain',
        againstSetting: 'twenty',
        outcome: 'BETTER' as const,
      },
      ...{ measure: 'worst protected change', margin: 0.01, reason: '+3.0 points' },
      difference: { mean: 0.03, lower: 0.02, upper: 0.04 },
    };
    const page = renderStudy({ ...report, conclusions: [...report.conclusions, between] });
    expect(page).toContain(
      '<b>Better</b>: retain, hundred against twenty (worst protected change, 1 point matters). <span>+3.0 points.</span>',
    );
    expect(page).toContain('settings are compared with one another');
    // The margin, either way.
    expect(page.match(/<line class="limit[^"]*"/g)).toEqual([
      '<line class="limit"',
      '<line class="limit better"',
    ]);
    expect(renderStudy(report)).not.toContain('settings are compared');
  });

  it('draws a line a run over steps, in a panel for each method, and none where nothing was measured', () => {
    const page = renderStudy(report);
    expect(page.match(/<div class="trajectories">/g)).toHaveLength(1);
    // Two measures of three runs, of which one failed on the way.
    expect(page.match(/class="line method-0"/g)).toHaveLength(6);
    expect(page).toContain('Seed 1, step 50: yield −4.0 points');
    const none = report.cells.map((cell) => ({ ...cell, trajectory: [] }));
    expect(renderStudy({ ...report, cells: none })).not.toContain('On the way');
  });

  it('stands before the first run, too', () => {
    const waiting = report.cells.map((cell) => ({
      ...cell,
      state: 'waiting' as const,
      failure: null,
      figures: null,
    }));
    const page = renderStudy({ ...report, cells: waiting, methods: [], conclusions: [] });
    expect(page).toContain('0 of 3 runs are finished, 3 are left.');
    expect(page).not.toMatch(/NaN|undefined/);
  });
});
