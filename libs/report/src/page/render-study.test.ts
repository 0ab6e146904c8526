import { describe, expect, it } from 'vitest';
import type { StudyReport } from '../study-report.js';
import { renderStudy } from './render-study.js';

const none = { mean: null, lower: null, upper: null };
const all = { count: 2, of: 2, lower: 0.16, upper: 1 };
const place = {
  targetGain: { mean: 0.3, lower: 0.2, upper: 0.4 },
  devSafetyAccuracy: { mean: -0.01, lower: -0.02, upper: 0 },
  retained: all,
  onFront: true,
};

const run = {
  cell: 'retain-seed-0',
  method: 'retain',
  seed: 0,
  target: 'stop',
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
    trainingSeconds: null,
  },
};

const report: StudyReport = {
  study: { name: 'study.yaml', sha256: 'a'.repeat(64) },
  plan: { name: 'plan.yaml', sha256: 'b'.repeat(64) },
  conclude: { images: 'validation', margin: 0.02, method: 'retain', level: 0.05 },
  measure: 'target gain',
  cells: [
    run,
    { ...run, cell: 'flyp-seed-0', state: 'failed', failure: '<b>diverged</b>', figures: null },
  ],
  methods: [
    {
      method: 'retain',
      target: 'stop',
      runs: 1,
      failed: 0,
      released: all,
      validation: { ...place, devSafetyLoss: none, negativeFlips: none, positiveFlips: none },
      test: null,
      trainingSeconds: none,
    },
  ],
  conclusions: [
    {
      target: 'stop',
      method: 'retain',
      against: 'flyp',
      outcome: 'OPEN',
      pairs: 0,
      difference: none,
      level: 0.05,
      reason: '1 of these runs is left',
    },
  ],
  power: [],
  softwareVersion: '0.1.0',
};

describe('renderStudy', () => {
  it('says what is finished, what failed and what is left, and escapes it', () => {
    const page = renderStudy(report);
    expect(page).toContain('1 of 2 runs are finished, 1 failed.');
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

  it('stands before the first run, too', () => {
    const waiting = report.cells.map((cell) => ({
      ...cell,
      state: 'waiting' as const,
      failure: null,
      figures: null,
    }));
    const page = renderStudy({ ...report, cells: waiting, methods: [], conclusions: [] });
    expect(page).toContain('0 of 2 runs are finished, 2 are left.');
    expect(page).not.toMatch(/NaN|undefined/);
  });
});
