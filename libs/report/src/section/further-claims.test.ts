import { describe, expect, it } from 'vitest';
import { renderReport } from '../page/render-report.js';
import type { DriftReport, LedgerReport, RunReport } from '../run-report.js';
import { createFixtureRun } from '../test-support/fixture-runs.js';

const report = createFixtureRun('retained');
const drift: DriftReport = {
  images: 4000,
  groups: 4000,
  texts: 10,
  changed: 900,
  share: 0.225,
  lowerBound: 0.214,
  upperBound: 0.236,
  reason: '900 changed',
  pictures: [{ path: 'a.png', before: '<b>frog', after: 'a ship', thumbnail: '' }],
};
const ledger: LedgerReport = {
  path: 'data/holdfast-ledger.jsonl',
  level: 0.05,
  judgementsMax: 2,
  spent: 0.025,
  left: 1,
  judgements: [
    {
      at: '2026-11-28T04:26:36.694Z',
      candidate: 'step 600 <i>',
      referenceSha256: '0'.repeat(64),
      level: 0.025,
      verdict: 'UNDECIDED',
      command: 'holdfast run plan.yaml',
      isThis: true,
    },
  ],
};

const section = (page: string, id: string) => {
  const start = page.indexOf(`<section id="${id}"`);
  return start < 0 ? undefined : page.slice(start, page.indexOf('</section>', start));
};
const header = (page: string) => page.slice(page.indexOf('<header'), page.indexOf('</header>'));
const render = (more: Partial<RunReport>) => renderReport({ ...report, ...more });

describe('what is shown beside the protected tasks', () => {
  it('is said on the first screen, and that nothing else was watched', () => {
    expect(header(render({}))).toContain(
      'Nothing else was: what these tasks do not name may be lost',
    );
    const watched = header(render({ drift }));
    expect(watched).toContain('4,000 unlabelled images</a> were watched: 22.5% of answers changed');
    expect(watched).toContain('Nothing else was.');
  });

  it('is a section each, with names escaped, where there is something to show', () => {
    const { protectedTasks: tasks } = report;
    const first = {
      sha256: '1'.repeat(64),
      verdict: 'UNDECIDED',
      reason: 'Too few.',
      tasks,
    } as const;
    const page = render({ drift, ledger, first });
    expect(section(page, 'drift')).toContain('&lt;b&gt;frog');
    expect(section(page, 'drift')).toContain('No claim was made');
    expect(section(page, 'ledger')).toContain('step 600 &lt;i&gt;');
    expect(section(page, 'ledger')).toMatch(/1 judgement took 2\.5% of it;\s+1 more may be made/);
    for (const { task } of tasks) expect(section(page, 'first')).toContain(task);
    expect(page).toContain('href="#first"');
    for (const id of ['drift', 'ledger', 'first']) expect(section(render({}), id)).toBeUndefined();
    const again = (left: number) => section(render({ ledger: { ...ledger, left } }), 'again');
    expect(again(0)).toContain('These images may not judge another candidate');
    expect(again(1)).not.toContain('may not judge');
  });

  it('says what became of a claim', () => {
    const claim = { tolerance: 0.05, verdict: 'REGRESSED' } as const;
    expect(section(render({ drift: { ...drift, claim } }), 'drift')).toMatch(
      /at most 5\.0% change: regressed/,
    );
  });
});
