import type { CellRecord, Conclusion, StudyRecord } from '@holdfast/study';
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
    ...{ against: ['theirs'], between: [] },
  },
  ...{ cells: [], methods: [], power: [], conclusions: [] },
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
  expect(lines.at(-1)).toMatch(/^training: without ours-seed-1: they went on from a checkpoint/);
});
