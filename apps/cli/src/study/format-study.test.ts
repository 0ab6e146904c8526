import type { AimResult, CellRecord, Conclusion, StudyRecord } from '@holdfast/study';
import picocolors from 'picocolors';
import { expect, it } from 'vitest';
import { formatStudy } from './format-study.js';

const conclusion: Conclusion = {
  ...{ setting: 'hundred', target: 'stop', variant: 'hundred', method: 'ours' },
  ...{ against: 'theirs', againstSetting: 'hundred', measure: 'targetGain', margin: 0.02 },
  ...{ outcome: 'OPEN', pairs: 0, difference: { mean: null, lower: null, upper: null } },
  ...{ level: 0.01, moreSeeds: null, reason: '2 of these runs are left' },
};

const record: StudyRecord = {
  schema: 'holdfast.study/1',
  study: { name: 'study.yaml', sha256: '' },
  plan: { name: 'plan.yaml', sha256: '' },
  conclude: {
    ...{ measure: 'targetGain', images: 'test', margin: 0.02, method: 'ours', level: 0.05 },
    ...{ against: ['theirs'], aim: null, between: [] },
  },
  ...{ cells: [], methods: [], aims: [], power: [], conclusions: [] },
};

it('names the settings that a method is compared in, and the question', () => {
  const between: Conclusion = {
    ...conclusion,
    ...{ against: 'ours', againstSetting: 'twenty', measure: 'meanProtectedChange', margin: 0.005 },
  };
  const compared = { ...record, conclusions: [conclusion, between] };
  expect(formatStudy(compared, picocolors.createColors(false)).slice(-2)).toEqual([
    'OPEN: ours against theirs: 2 of these runs are left',
    'OPEN: ours, hundred against twenty (meanProtectedChange, margin 0.5 points): 2 of these runs are left',
  ]);
});

it('names the runs that no mean of training has', () => {
  const cells = [
    { cell: 'ours-seed-0', figures: { resumed: false } },
    { cell: 'ours-seed-1', figures: { resumed: true } },
  ] as CellRecord[];
  const lines = formatStudy({ ...record, cells }, picocolors.createColors(false));
  expect(lines.at(-1)).toMatch(/^Cost without that of ours-seed-1: it went on from a checkpoint/);
});

it('says the aim, who reached it, and what was short where it was not', () => {
  const share = { lower: 0.1, upper: 0.9 };
  const aims: AimResult[] = [
    {
      ...{ setting: 'stop', target: 'stop', variant: null, method: 'ours' },
      ...{ outcome: 'REACHED', reached: { count: 3, of: 3, ...share }, missed: [] },
    },
    {
      ...{ setting: 'stop', target: 'stop', variant: null, method: 'theirs' },
      ...{ outcome: 'MISSED', reached: { count: 1, of: 3, ...share } },
      missed: [
        { cell: 'theirs-seed-1', reason: 'worst protected change -7.1 points' },
        { cell: 'theirs-seed-2', reason: 'it failed' },
      ],
    },
  ];
  const aim = { releasedGain: 0.4, negativeFlips: 0.015, runs: 2 };
  const aimed = { ...record, conclude: { ...record.conclude, aim }, aims };
  expect(formatStudy(aimed, picocolors.createColors(false)).slice(-3)).toEqual([
    'Aim: target gain of what was released at least 40 points, share of protected images broken at most 1.5 points on test images, in 2 runs of a method',
    'REACHED: ours: 3 of 3',
    'MISSED: theirs: 1 of 3; not theirs-seed-1: worst protected change -7.1 points; and 1 more',
  ]);
});
