import { describe, expect, it } from 'vitest';
import { drawIntervalRow } from '../chart/interval-row.js';
import { createScale } from '../chart/scale.js';
import { renderReport } from '../page/render-report.js';
import type { RunReport } from '../run-report.js';
import { createFixtureRun } from '../test-support/fixture-runs.js';
import { sortWorstFirst } from './evidence.js';

const report = createFixtureRun('retained');
const [first, ...others] = report.protectedTasks;
const grown = {
  ...first!,
  task: 'gore (ceiling)',
  ceiling: true,
  verdict: 'RETAINED',
  tolerance: 0.6,
  accuracyChange: 0.5,
  lowerBound: 0.45,
  upperBound: 0.599,
} as const;
const withCeiling: RunReport = { ...report, protectedTasks: [grown, ...others] };

describe('a report with a ceiling', () => {
  it('says which way it is read, and counts it in no DevSafety', () => {
    const page = renderReport(withCeiling);
    expect(page).toContain('Of a ceiling, which must not grow, the tolerance is on the right');
    expect(page).toContain('tolerance of growth 60');
    expect(page).toContain('Least room: <b>gore (ceiling)</b>');
    expect(page).not.toContain('<p><b>gore (ceiling)</b>');
    expect(renderReport(report)).not.toContain('Of a ceiling');
  });

  it('shows the largest growth first, as it shows the largest drop', () => {
    const fallen = { ...grown, task: 'less (ceiling)', accuracyChange: -0.9 };
    const order = sortWorstFirst([fallen, ...others, grown]).map(({ task }) => task);
    expect([order[0], order.at(-1)]).toEqual(['gore (ceiling)', 'less (ceiling)']);
  });

  it('takes more that is right of a class of ceilings alone for worse', () => {
    const [label] = report.classes;
    const changed: RunReport = {
      ...report,
      classes: [label!, 'b'],
      confusion: {
        reference: [
          [5, 5],
          [0, 10],
        ],
        candidate: [
          [8, 2],
          [0, 10],
        ],
      },
      flips: [{ ...report.flips[0]!, kind: 'positive', label: label! }],
    };
    const tones = (ceilingClasses: readonly string[]) => {
      const page = renderReport({ ...changed, ceilingClasses });
      const flip = page.slice(page.indexOf('id="fixed"'));
      return [
        ...page.matchAll(/class="number (better|worse)-text/g),
        ...page.matchAll(/class="cell (better|worse)"/g),
        ...flip.matchAll(/span class="(better|worse)-text"/g),
      ].map(([, tone]) => tone);
    };
    expect(tones([])).toEqual(['better', 'better', 'better', 'better', 'better']);
    expect(tones([label!])).toEqual(['worse', 'worse', 'worse', 'worse', 'worse']);
  });

  it('shades what lies right of the limit', () => {
    const scale = createScale([-10, 10]);
    const row = { title: '', kind: 'RETAINED', estimate: 1, lower: 0, upper: 2, limit: 5 } as const;
    const shade = (isCeiling: boolean) =>
      /<rect[^>]*>/.exec(drawIntervalRow({ ...row, isCeiling }, scale).source)![0];
    expect(shade(false)).toMatch(/ width="75%"/);
    expect(shade(true)).toMatch(/ x="75%" width="25%"/);
  });
});
