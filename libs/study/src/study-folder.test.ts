import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concludeStudy } from './conclude-study.js';
import { formatStudyCsv } from './format-csv.js';
import { parseStudy } from './parse-study.js';
import { describeStudy, requireSameStudy } from './study-folder.js';
import { studyRecordSchema } from './study-record.js';
import { listUndecided, summarizeMethods } from './summarize-study.js';
import { createCell } from './test-support/create-cell.js';

function study(conclude = 'measure: targetGain, margin: 0.02') {
  const text = `plan: plan.yaml\nmethods: { ours: {}, theirs: {} }\nseeds: [0, 1, 2]\nconclude: { ${conclude} }\n`;
  return parseStudy(text, 'study.yaml');
}

/** Both methods with three seeds; the second gains nothing. */
function compare(gains: readonly number[], other = 0) {
  return gains.flatMap((targetGain, seed) => [
    createCell('ours', seed, { targetGain }),
    createCell('theirs', seed, { targetGain: other }),
  ]);
}

describe('requireSameStudy', () => {
  const said = { file: { name: 's', sha256: 'a' }, plan: { name: 'p', sha256: 'b' } };
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-study-folder-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('takes a folder that is not there, or empty, and none that has something else', async () => {
    await requireSameStudy(join(root, 'none'), said);
    await requireSameStudy(root, said);
    await writeFile(join(root, 'study.csv'), 'my results');
    await expect(requireSameStudy(root, said)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('is not empty, and no study'),
    });
    await expect(requireSameStudy(join(root, 'study.csv'), said)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('(ENOTDIR)'),
    });
  });
});

describe('concludeStudy', () => {
  it.each([
    // s = 0.01, n = 3: half = 4.3027 * 0.01 / sqrt(3) = 0.0248.
    [[0.09, 0.1, 0.11], 'BETTER'],
    [[-0.11, -0.1, -0.09], 'WORSE'],
    [[0.03, 0.04, 0.05], 'NON_INFERIOR'],
    [[-0.05, -0.04, -0.03], 'UNDECIDED'],
    // s = 0.0132, half = 0.0327: from -0.0127 up to 0.0527.
    [[0.005, 0.025, 0.03], 'NON_INFERIOR'],
    [[0, 0.001, 0.002], 'EQUIVALENT'],
  ] as const)('%j: %s', (gains, outcome) => {
    const [conclusion] = concludeStudy(compare(gains), study());
    expect(conclusion).toMatchObject({ outcome, pairs: 3, against: 'theirs', level: 0.05 });
  });

  it('says about how many more seeds would decide', () => {
    const [conclusion] = concludeStudy(compare([0.03, 0.04, 0.05]), study());
    // half = t(0.025, n - 1) 0.01 / sqrt(n): 0.0248 with 3 and 0.0159 with 4 seeds; the margin is 0.02 away.
    expect(conclusion).toMatchObject({ moreSeeds: 1 });
    expect(conclusion!.reason).toContain('about 1 more seed would decide');
  });

  it('says nothing while runs are left, and decides nothing where one failed', () => {
    const cells = compare([0.09, 0.1, 0.11]);
    const change = (state: 'waiting' | 'failed') =>
      cells.map((cell, i) => (i === 0 ? { ...cell, state, figures: null } : cell));
    expect(concludeStudy(change('waiting'), study())[0]).toMatchObject({ outcome: 'OPEN' });
    expect(concludeStudy(change('failed'), study())[0]).toMatchObject({ outcome: 'UNDECIDED' });
  });

  it('takes fewer broken images as better', () => {
    const cells = [0, 1].flatMap((seed) => [
      createCell('ours', seed, { negativeFlips: 0.1, targetGain: 0.5 + seed / 1000 }),
      createCell('theirs', seed, {
        negativeFlips: 0.3 + seed / 1000,
        targetGain: 0.4 - seed / 1000,
      }),
    ]);
    const outcome = (measure: string) =>
      concludeStudy(cells, study(`measure: ${measure}, margin: 0.01`))[0]?.outcome;
    expect(outcome('negativeFlips')).toBe('BETTER');
    expect(outcome('targetGain')).toBe('BETTER');
  });

  it('decides nothing by seeds that all say the same', () => {
    const cells = [0, 1, 2].flatMap((seed) => [
      createCell('ours', seed, { targetGain: 0.4 }),
      createCell('theirs', seed, { targetGain: 0.3 }),
    ]);
    expect(concludeStudy(cells, study())[0]).toMatchObject({
      outcome: 'UNDECIDED',
      reason: '+10.0 points in every seed: without any spread nothing says how others would differ',
    });
  });

  describe('of what was released', () => {
    const ask = (seeds: number, mine: object, theirs: object) => {
      const cells = Array.from({ length: seeds }, (_, seed) => [
        createCell('ours', seed, { targetGain: 0.5 + (seed % 3) / 200, ...mine }),
        createCell('theirs', seed, { targetGain: 0.5, ...theirs }),
      ]);
      return concludeStudy(cells.flat(), study('measure: releasedGain, margin: 0.02'))[0]!;
    };

    it('takes no release as no gain', () => {
      expect(ask(40, { outcome: 'UNDECIDED' }, {})).toMatchObject({ outcome: 'WORSE' });
      expect(ask(3, { outcome: 'UNDECIDED' }, { outcome: 'REGRESSED' })).toMatchObject({
        outcome: 'UNDECIDED',
        difference: { mean: 0 },
      });
    });

    // One release more or less in a tenth of seeds would be five points, and five seeds have none with probability 0.59.
    it('does not take releases alike in five seeds for releases alike in others', () => {
      const { outcome, difference, moreSeeds, reason } = ask(5, {}, {});
      expect(outcome).toBe('UNDECIDED');
      expect(difference.lower!).toBeLessThan(-0.3);
      expect(difference.upper!).toBeGreaterThan(0.3);
      expect(moreSeeds).toBeGreaterThan(100);
      expect(reason).toContain(`about ${moreSeeds} more seeds would decide`);
    });
  });

  it('compares nothing between runs of other data, or of another old model', () => {
    const cells = compare([0.09, 0.1, 0.11]);
    const change = (figures: object) =>
      cells.map((cell, i) =>
        i === 2 ? { ...cell, figures: { ...cell.figures!, ...figures } } : cell,
      );
    const why = (figures: object) => concludeStudy(change(figures), study())[0];
    expect(why({ dataSha256: 'f'.repeat(64) })).toMatchObject({
      outcome: 'UNDECIDED',
      reason: 'the runs of seed 1 have not the same data: it changed while the study ran',
    });
    expect(why({ oldSha256: 'f'.repeat(64) })).toMatchObject({
      outcome: 'UNDECIDED',
      reason: 'the runs of seed 1 have not the same old model: it changed while the study ran',
    });
  });

  it('compares in each setting, and lets none of its conclusions err more often for there being several', () => {
    const under = (variant: string, gains: readonly number[]) =>
      compare(gains).map((cell) => ({ ...cell, setting: variant, variant }));
    const cells = [...under('none', [0.09, 0.1, 0.11]), ...under('few', [-0.11, -0.1, -0.09])];
    expect(concludeStudy(cells, study())).toMatchObject([
      { variant: 'none', target: 'stop', outcome: 'BETTER', level: 0.025 },
      { variant: 'few', target: 'stop', outcome: 'WORSE', level: 0.025 },
    ]);
    const summaries = summarizeMethods(cells);
    expect(summaries.map(({ setting, method }) => [setting, method])).toEqual([
      ['none', 'ours'],
      ['none', 'theirs'],
      ['few', 'ours'],
      ['few', 'theirs'],
    ]);
    expect(summaries.map(({ validation }) => validation.onFront)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  describe('of variants', () => {
    const asked = parseStudy(
      `plan: plan.yaml
methods: { ours: {}, theirs: {} }
variants: { few: {}, all: {} }
seeds: [0, 1, 2]
conclude:
  measure: targetGain
  margin: 0.02
  between:
    - { method: ours, variants: [all, few], measure: devSafetyAccuracy, margin: 0.01 }
    - { method: theirs, variants: [all, few], measure: negativeFlips }
`,
      'study.yaml',
    );
    const run = (variant: string, method: string, seed: number, figures: object) => {
      return { ...createCell(method, seed, figures), setting: variant, variant };
    };
    /** Seeds differ by ten times more than variants do: pairs tell them apart, means would not. */
    const cells = [0, 1, 2].flatMap((seed) => [
      run('few', 'ours', seed, { devSafetyAccuracy: -0.14 - 0.3 * seed }),
      run('few', 'theirs', seed, { negativeFlips: 0.1 * seed + 0.05 }),
      run('all', 'ours', seed, { devSafetyAccuracy: -0.1 - 0.301 * seed }),
      run('all', 'theirs', seed, { negativeFlips: 0.101 * seed + 0.05 }),
    ]);

    it('compares one method under two of them by seed, by a measure and margin of its own', () => {
      const [, , safety, flips] = concludeStudy(cells, asked);
      // Differences 0.04, 0.039, 0.038: mean 0.039, s = 0.001; t(0.05 / 4 / 2, 2) = 8.8602, half = 8.8602 * 0.001 / sqrt(3).
      expect(safety).toMatchObject({
        ...{ outcome: 'BETTER', setting: 'all', againstSetting: 'few', pairs: 3, level: 0.0125 },
        ...{ method: 'ours', against: 'ours', measure: 'devSafetyAccuracy', margin: 0.01 },
      });
      expect(safety!.difference.mean).toBeCloseTo(0.039, 12);
      expect(safety!.difference.lower).toBeCloseTo(0.039 - 0.0051154, 6);
      expect(flips).toMatchObject({ outcome: 'EQUIVALENT', method: 'theirs', margin: 0.02 });
      expect(flips!.difference.mean).toBeCloseTo(-0.001, 12);
    });

    it('waits for the runs of both, and of no other', () => {
      const waiting = cells.map((cell) =>
        cell.variant === 'few' && cell.method === 'ours'
          ? { ...cell, state: 'waiting' as const, figures: null }
          : cell,
      );
      expect(concludeStudy(waiting, asked).map(({ outcome }) => outcome)).toEqual([
        'OPEN',
        // No method gains anything in any seed.
        'UNDECIDED',
        'OPEN',
        'EQUIVALENT',
      ]);
    });

    it('compares within each target', () => {
      const other = cells.map((cell) => {
        const { devSafetyAccuracy } = cell.figures!.validation;
        const validation = { ...cell.figures!.validation, devSafetyAccuracy: -devSafetyAccuracy };
        const setting = { setting: `go, ${cell.variant}`, target: 'go' };
        return { ...cell, ...setting, figures: { ...cell.figures!, validation } };
      });
      const said = concludeStudy([...cells, ...other], asked).slice(4);
      expect(
        said.map(({ setting, againstSetting, outcome }) => [setting, againstSetting, outcome]),
      ).toEqual([
        ['all', 'few', 'BETTER'],
        ['go, all', 'go, few', 'WORSE'],
        ['all', 'few', 'EQUIVALENT'],
        ['go, all', 'go, few', 'EQUIVALENT'],
      ]);
    });

    it('is written as the schema says', () => {
      const named = { name: 'x.yaml', sha256: 'c'.repeat(64) };
      const record = describeStudy({ study: asked, file: named, plan: named }, cells);
      expect(studyRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
      expect(record.conclude.between).toHaveLength(2);
    });
  });

  it('does not invent test images', () => {
    const asked = study('measure: targetGain, margin: 0.02, images: test');
    const [conclusion] = concludeStudy(compare([0.1, 0.1, 0.1]), asked);
    expect(conclusion).toMatchObject({ outcome: 'UNDECIDED', pairs: 0 });
  });
});

describe('summarizeMethods', () => {
  it('counts who lost nothing, and finds who is on the front', () => {
    const cells = [
      createCell('ours', 0, { targetGain: 0.2, devSafetyAccuracy: 0 }),
      createCell('ours', 1, { targetGain: 0.4, devSafetyAccuracy: -0.02, outcome: 'REGRESSED' }),
      createCell('bold', 0, { targetGain: 0.6, devSafetyAccuracy: -0.2 }),
      createCell('poor', 0, { targetGain: 0.1, devSafetyAccuracy: -0.1 }),
    ];
    const [ours, bold, poor] = summarizeMethods(cells);
    expect(ours!.validation.targetGain.mean).toBeCloseTo(0.3, 12);
    expect(ours).toMatchObject({
      released: { count: 1, of: 2 },
      validation: { retained: { count: 1 } },
    });
    expect([ours, bold, poor].map((each) => each!.validation.onFront)).toEqual([true, true, false]);
    expect(ours!.test).toBeNull();
  });

  it('averages calibration over the runs that say it', () => {
    const measure = (seed: number, renewed: number) => {
      const all = { old: 0.04, new: renewed };
      const calibration = { all, target: all, worst: { task: 'go', ...all } };
      return createCell('ours', seed, { calibration });
    };
    const [ours] = summarizeMethods([measure(0, 0.05), measure(1, 0.07), createCell('ours', 2)]);
    expect(ours!.calibration.old.mean).toBeCloseTo(0.04, 12);
    expect(ours!.calibration.change.mean).toBeCloseTo(0.02, 12);
    expect(ours!.stepImages.mean).toBe(60);
    expect(summarizeMethods([createCell('ours', 0)])[0]!.calibration.new.mean).toBeNull();
  });
});

describe('listUndecided', () => {
  it('takes the run that would need most, and says where none would do', () => {
    const undecided = (moreNeeded: number) => [{ task: 'yield', groups: 20, moreNeeded }];
    const cells = [
      createCell('ours', 0, { undecided: undecided(5) }),
      createCell('ours', 1, { undecided: undecided(9) }),
      createCell('ours', 2),
      createCell('theirs', 0, { undecided: undecided(0) }),
    ];
    expect(listUndecided(cells)).toMatchObject([
      { method: 'ours', task: 'yield', undecided: 2, runs: 3, groups: 20, moreNeeded: 9 },
      { method: 'theirs', undecided: 1, runs: 1, moreNeeded: null },
    ]);
  });
});

describe('describeStudy', () => {
  it('writes what its schema says, also before the first run', () => {
    const waiting = compare([0.1]).map(
      (cell) => ({ ...cell, state: 'waiting', figures: null }) as const,
    );
    const named = { name: 'x.yaml', sha256: 'c'.repeat(64) };
    for (const cells of [waiting, compare([0.1, 0.2])]) {
      const record = describeStudy({ study: study(), file: named, plan: named }, cells);
      expect(studyRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    }
  });
});

describe('formatStudyCsv', () => {
  it('quotes, and gives a spreadsheet no formula', () => {
    const [cell] = compare([-0.5]);
    const row = formatStudyCsv([{ ...cell!, target: '=A1, "x"' }]).split('\r\n')[1]!;
    expect(row).toContain(`"'=A1, ""x"""`);
    expect(row).toContain(',RETAINED,-0.5,');
    const varied = formatStudyCsv([{ ...cell!, variant: 'few' }]).split('\r\n');
    expect(varied[0]).toContain(',target,variant,state,');
    expect(varied[1]).toContain(',stop,few,finished,');
  });
});
