import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { escapeText } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { createFixtureRun, fixtureNames } from '../test-support/fixture-runs.js';
import { renderReport } from './render-report.js';

/** The source of the first element that begins with `opening`, up to `closing`. */
function cutOut(page: string, opening: string, closing: string): string {
  const start = page.indexOf(opening);
  expect(start, `${opening} is on the page`).toBeGreaterThan(-1);
  return page.slice(start, page.indexOf(closing, start));
}

function listTags(page: string): readonly string[] {
  return page.match(/<\/?[a-z][a-z0-9]*/gi) ?? [];
}

function readAttributes(page: string, name: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map((match) => match[1] ?? '');
}

/** Replaces a text wherever the report has it, inside longer texts too. */
function replaceText(report: RunReport, from: string, to: string): RunReport {
  const quote = (text: string) => JSON.stringify(text).slice(1, -1);
  return JSON.parse(JSON.stringify(report).replaceAll(quote(from), quote(to)));
}

const words = {
  RETAINED: 'Ready to release',
  REGRESSED: 'Do not release',
  UNDECIDED: 'Do not release yet',
  NO_FEASIBLE_CANDIDATE: 'Do not release',
};

it("says of a study's run that it releases nothing, whatever its verdict", () => {
  const report = createFixtureRun('retained');
  const page = renderReport({ ...report, run: { ...report.run, study: 'rivals.yaml' } });
  const header = cutOut(page, '<header', '</header>');
  expect(header).toContain('A study releases nothing');
  expect(header).toContain('One of the runs of the study rivals.yaml');
  expect(header).not.toContain('Ready to release');
});

it('counts pictures against all images that flipped', () => {
  const report = createFixtureRun('retained');
  const page = renderReport({ ...report, flipCounts: { negative: 70, positive: 100 } });
  const count = (kind: string) => report.flips.filter((flip) => flip.kind === kind).length;
  expect(page).toContain(`${count('negative')} of 70 in this report`);
  expect(page).toContain(`${count('positive')} of 100 in this report`);
});

describe.each(fixtureNames)('the page of a run: %s', (name) => {
  const report = createFixtureRun(name);
  const page = renderReport(report);

  it('states verdict, consequence and reason in its header', () => {
    const header = cutOut(page, '<header', '</header>');
    expect(header).toContain(words[report.outcome]);
    expect(header).toContain(escapeText(report.reason));
    expect(header).toContain('Target gain');
    expect(header).toContain('DevSafety');
    expect(header.match(/<h1/g)).toHaveLength(1);
  });

  it('names every protected task with its evidence', () => {
    const section = cutOut(page, '<section id="protected"', '</section>');
    for (const task of report.protectedTasks) expect(section).toContain(escapeText(task.task));
    expect(section.match(/class="chart interval"/g) ?? []).toHaveLength(
      report.protectedTasks.length,
    );
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    const body = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '');
    for (const [, end, tag = '', rest = ''] of body.matchAll(
      /<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/gi,
    )) {
      if (end) expect(open.pop()).toBe(tag);
      else if (!rest.endsWith('/')) open.push(tag);
    }
    expect(open).toEqual([]);
  });

  it('never shows a value that is not one', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('loads nothing', () => {
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/@import|url\(/);
    for (const attribute of ['src', 'href']) {
      for (const value of readAttributes(page, attribute))
        expect(value).toMatch(/^(?:#|data:image\/)/);
    }
  });

  it('has an id only once and no link to nowhere', () => {
    const ids = readAttributes(page, 'id');
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of readAttributes(page, 'href').filter((href) => href.startsWith('#'))) {
      expect(ids).toContain(link.slice(1));
    }
  });

  it('gives every drawing a name or hides it from readers', () => {
    // Inner drawings belong to the one around them and carry no class of their own but these.
    const outer = (page.match(/<svg [^>]*>/g) ?? []).filter(
      (tag) => !/class="(?:place|stretch)"/.test(tag),
    );
    const named = page.match(/<svg [^>]*role="img"[^>]*><title>[^<]+<\/title>/g) ?? [];
    const hidden = outer.filter((tag) => tag.includes('aria-hidden="true"'));
    expect(named.length + hidden.length).toBe(outer.length);
  });
});

describe('the policy', () => {
  const page = renderReport(createFixtureRun('retained'));
  const policy =
    readAttributes(page, 'content').find((value) => value.includes('default-src')) ?? '';
  const hash = (text: string) => createHash('sha256').update(text).digest('base64');

  it('allows nothing but the page’s own style and script, by their hashes', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      'img-src data:',
      `style-src 'sha256-${hash(style)}'`,
      `script-src 'sha256-${hash(script)}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('comes before everything that it governs', () => {
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<link'));
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style'));
  });

  it('leaves no inline style and no handler for it to block', () => {
    const body = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '');
    expect(readAttributes(body, 'style')).toEqual([]);
    expect(body).not.toMatch(/<[^>]*\son[a-z]+\s*=/i);
  });
});

describe('hostile text', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'> & http://evil.example/ \u202e`;
  const benign = createFixtureRun('regressed');

  it.each([
    ['a class', 'speed limit 50'],
    ['the target', 'speed limit 80'],
    ['a path', 'Training/'],
    ['the plan', 'model: models'],
    ['a command', 'holdfast run'],
    ['a hash', benign.models.referenceSha256],
    ['the environment', 'linux x64'],
    ['a note', '1 image could not be read'],
    ['a version', benign.models.candidateVersion ?? ''],
    ['the name of the plan', 'gtsrb-speed-80'],
  ])('in %s stays text', (_, place) => {
    const attacked = replaceText(benign, place, hostile);
    const page = renderReport(attacked);
    expect(JSON.stringify(attacked)).toContain('evil.example');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(listTags(page)).toEqual(listTags(renderReport(benign)));
    expect(page).not.toContain('\u202e');
  });

  it('in a thumbnail is left out', () => {
    const [flip] = benign.flips;
    if (!flip) throw new Error('the fixture has flips');
    const thumbnails = [
      'https://evil.example/x.png',
      'javascript:alert(1)',
      'data:text/html;base64,PHNjcmlwdD4=',
      'data:image/svg+xml;base64,PHN2Zz4=',
      'data:image/png;base64,AAAA" onerror="alert(1)',
      `data:image/png;base64,${'A'.repeat(300_000)}`,
    ];
    const page = renderReport({
      ...benign,
      flips: thumbnails.map((thumbnail) => ({ ...flip, thumbnail })),
    });
    expect(page).not.toContain('<img');
    expect(page.match(/no picture/g)).toHaveLength(thumbnails.length);
  });
});

describe('the page', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is the same at any time', () => {
    vi.useFakeTimers();
    vi.setSystemTime(0);
    const before = renderReport(createFixtureRun('regressed'));
    vi.setSystemTime(2_000_000_000_000);
    expect(renderReport(createFixtureRun('regressed'))).toBe(before);
  });

  it('puts regressed tasks first and says which in the header', () => {
    const report = createFixtureRun('regressed');
    const page = renderReport(report);
    const verdicts = [
      ...cutOut(page, '<tbody', '</tbody>').matchAll(/<tr role="row" class="([a-z]+)"/g),
    ];
    expect(verdicts.map((match) => match[1]).slice(0, 3)).toEqual([
      'regressed',
      'undecided',
      'retained',
    ]);
    const findings = cutOut(page, '<ul class="findings">', '</ul>');
    expect(findings).toContain('speed limit 50');
    expect(findings).not.toContain('speed limit 100');
  });

  it('says in its header what holds for all tasks together, and that nothing rests on it', () => {
    const report = createFixtureRun('retained');
    const header = cutOut(renderReport(report), '<header', '</header>');
    expect(header).toContain(escapeText(report.claims.at(-1)?.reason ?? 'no claim'));
    expect(header).toContain('this decides nothing');
  });

  it('says in its header which claim holds although there is no release', () => {
    const { claims, ...rest } = createFixtureRun('undecided');
    const held = claims.map((claim) =>
      claim.together ? { ...claim, verdict: 'RETAINED' as const } : claim,
    );
    const header = cutOut(renderReport({ ...rest, claims: held }), '<header', '</header>');
    expect(header).toContain('Holds all the same:');
    expect(header).not.toContain('this decides nothing');
  });

  it('draws the confidence in all tasks together and in each, with its figures', () => {
    const report = createFixtureRun('retained');
    const section = cutOut(renderReport(report), '<section id="claims"', '</section>');
    expect(section.match(/class="line (?:other|worst|candidate)"/g)).toHaveLength(
      report.protectedTasks.length + 1,
    );
    expect(section).toContain('>all together<');
    expect(section).toContain('Assumed: at most');
  });

  it('marks the candidate that was judged', () => {
    const page = renderReport(createFixtureRun('retained'));
    expect(page.match(/class="chosen"/g)?.length).toBe(2); // the point and its key
    expect(page.match(/<tr class="chosen-row">/g)).toHaveLength(1);
  });

  it('shows changes on test images with their intervals, by groups where there are any', () => {
    const report = createFixtureRun('retained');
    const tasks = [
      { ...report.protectedTasks[0]!, accuracyChange: -0.02, lowerBound: -0.05, upperBound: 0.01 },
    ];
    const render = (tested: typeof tasks) =>
      cutOut(
        renderReport({ ...report, test: { ...report.test!, tasks: tested } }),
        '<section id="test"',
        '</section>',
      );
    const section = render(tasks);
    expect(section).toMatch(/Change<\/th>\s*<th scope="col" class="number">90% interval</);
    expect(section).toMatch(/<b>−2\.0<\/b><\/td>\s*<td class="number">−5\.0 to \+1\.0</);
    expect(section).toContain('>Groups</th>');
    const alone = tasks.map((task) => ({ ...task, groups: task.examples }));
    expect(render(alone)).not.toContain('>Groups</th>');
    expect(render(alone)).toContain('Each image counts as independent');
  });

  it('says what a run lacks', () => {
    const page = renderReport(createFixtureRun('flyp'));
    expect(page).toContain('This run trained without constraints');
    expect(page).toContain('The manifest names no test data.');
  });

  it('shows of two models judged without a run what the gate saw, and nothing else', () => {
    const report = createFixtureRun('pair');
    const page = renderReport(report);
    const header = cutOut(page, '<header', '</header>');
    expect(header).toContain('Holdfast gate');
    expect(header).toContain(escapeText(report.models.referencePath));
    expect(header).toContain(escapeText(report.models.candidatePath));
    expect(header).not.toContain('steps');
    const ids = [...page.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['protected', 'claims', 'target', 'notes', 'confusion', 'flips', 'again']);
  });

  it('warns of a protected task that the old model only guesses', () => {
    const report = createFixtureRun('retained');
    const [first, ...others] = report.protectedTasks;
    const show = (changes: object) => {
      const guessing = { ...first!, referenceAccuracy: 1 / 40, classCount: 40, ...changes };
      return renderReport({ ...report, protectedTasks: [guessing, ...others] });
    };
    const page = show({});
    const warning = `of &#39;${escapeText(first!.task)}&#39; right, no more than guessing would`;
    expect(cutOut(page, 'id="notes"', '</section>')).toContain(warning);
    expect(renderReport(report)).not.toContain('guessing');
    // What must not grow; what is told apart among others than the report shows; under attack.
    expect(show({ ceiling: true })).not.toContain('guessing');
    expect(show({ classCount: 5000 })).not.toContain('guessing');
    expect(show({ classCount: undefined })).not.toContain('guessing');
  });

  it('shades what the margin rules out, and names it', () => {
    const margin = 'below the margin of −4.0 points';
    const page = renderReport({ ...createFixtureRun('retained'), steeringMargin: -0.04 });
    expect(cutOut(page, 'id="selection"', '</section>')).toContain(margin);
  });

  it('speaks of point estimates and not of tolerances under the strict policy', () => {
    const page = renderReport(createFixtureRun('strict'));
    expect(page).toContain('Strict policy');
    expect(cutOut(page, '<section id="protected"', '</section>')).not.toContain(
      'class="intolerable"',
    );
  });

  it('says where a single finding may be chance', () => {
    const report = createFixtureRun('regressed');
    const doubtful = report.protectedTasks.map((task) => ({ ...task, holmPValue: 0.2 }));
    expect(renderReport({ ...report, protectedTasks: doubtful })).toContain('alone: Holm p 0.200');
    const firm = report.protectedTasks.map((task) => ({ ...task, holmPValue: 0.001 }));
    expect(renderReport({ ...report, protectedTasks: firm })).not.toContain('alone: Holm p');
  });

  it('shows the classes that changed most where there are too many for a drawing', () => {
    const report = createFixtureRun('many');
    const classes = Array.from(
      { length: 300 },
      (_, index) => report.classes[index] ?? `other ${index}`,
    );
    const page = renderReport({ ...report, classes });
    expect(page).toContain('The 48 of 300 classes that changed most are shown.');
    const map = cutOut(page, 'class="chart heat', '</svg>');
    expect(map).toContain(report.targets[0]!.task);
    expect(map).not.toContain('other 299');
  });

  it('shows dashes and draws nothing where a task could not be measured', () => {
    const report = createFixtureRun('undecided');
    const blank = <T extends object>(value: T): T =>
      Object.fromEntries(
        Object.entries(value).map(([key, part]) => [
          key,
          typeof part === 'number' && key !== 'tolerance' ? Number.NaN : part,
        ]),
      ) as T;
    const protectedTasks = report.protectedTasks.map((task, index) =>
      index < 3 ? blank(task) : task,
    );
    const page = renderReport({ ...report, targets: report.targets.map(blank), protectedTasks });
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page.match(/class="chart interval"/g)).toHaveLength(9);
    expect(cutOut(page, '<tbody', '</tbody>').match(/class="mark /g)?.length).toBe(9 + 6);
  });

  it('shows each of several targets, and their gain in the mean', () => {
    const report = createFixtureRun('retained');
    const [first] = report.targets;
    const other = { ...first!, task: 'yield', accuracyChange: first!.accuracyChange - 0.2 };
    const page = renderReport({ ...report, targets: [first!, other] });
    expect(cutOut(page, 'Target gain', '</div>')).toContain('mean of 2');
    const mean = `${(100 * (first!.accuracyChange - 0.1)).toFixed(1)}`;
    expect(cutOut(page, 'Target gain', '</div>')).toContain(mean);
    const section = cutOut(page, 'id="target"', '</section>');
    expect(section).toContain('Accuracy of 2 targets on validation data');
    expect(section).toMatch(/<h3>speed limit 80<\/h3>[\s\S]*<h3>yield<\/h3>/);
  });

  it('writes heads, left-out images and their number where there are some', () => {
    const report = createFixtureRun('retained');
    const page = renderReport({
      ...report,
      models: { ...report.models, headsNote: 'released without heads' },
    });
    expect(page).toContain('released without heads');
    expect(page).toContain('1 image left out');
  });

  it('stays modest in size', () => {
    // Ten classes, 65 thumbnails of about 2 kB: what is not thumbnails is below 300 kB.
    const report = createFixtureRun('retained');
    const pictures = report.flips.reduce((sum, flip) => sum + flip.thumbnail.length, 0);
    expect(renderReport(report).length - pictures).toBeLessThan(320_000);
  });
});
