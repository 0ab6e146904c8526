import { describe, expect, it } from 'vitest';
import { parseStudy } from './parse-study.js';
import { describeAim, reachAim } from './reach-aim.js';
import { createCell } from './test-support/create-cell.js';

function study(aim: string) {
  const text = `plan: plan.yaml\nmethods: { ours: {}, theirs: {} }\nseeds: [0, 1]\nconclude: { measure: targetGain, margin: 0.02${aim} }\n`;
  return parseStudy(text, 'study.yaml');
}

const aim = ', aim: { releasedGain: 0.4, devSafetyAccuracy: -0.03, negativeFlips: 0.02 }';
const good = { targetGain: 0.4, devSafetyAccuracy: 0.9 - 0.93, negativeFlips: 0.02 };

describe('reachAim', () => {
  it('counts runs of each method that reach every number, of which equal is enough', () => {
    const cells = [
      createCell('ours', 0, good),
      createCell('theirs', 0, { ...good, devSafetyAccuracy: -0.0402, negativeFlips: 0.021 }),
      createCell('ours', 1, { ...good, targetGain: 0.6 }),
      createCell('theirs', 1, { ...good, outcome: 'UNDECIDED' }),
    ];
    expect(reachAim(cells, study(aim))).toMatchObject([
      { method: 'ours', outcome: 'REACHED', reached: { count: 2, of: 2 }, missed: [] },
      {
        ...{ method: 'theirs', outcome: 'MISSED', reached: { count: 0, of: 2 } },
        missed: [
          {
            cell: 'theirs-seed-0',
            reason:
              'worst protected change -4.02 points, share of protected images broken 2.1 points',
          },
          { cell: 'theirs-seed-1', reason: 'target gain of what was released 0 points' },
        ],
      },
    ]);
  });

  it('needs as many runs as the aim says, in each setting', () => {
    const night = (seed: number, targetGain: number) => ({
      ...createCell('ours', seed, { ...good, targetGain }),
      ...{ setting: 'night', variant: 'night' },
    });
    const day = [createCell('ours', 0, good), createCell('ours', 1, { ...good, targetGain: 0 })];
    const results = reachAim(
      [...day, night(0, 0), night(1, 0.1)],
      study(aim.replace(' }', ', runs: 1 }')),
    );
    expect(results.map(({ setting, outcome }) => [setting, outcome])).toEqual([
      ['stop', 'REACHED'],
      ['night', 'MISSED'],
    ]);
  });

  it('says nothing while runs are left, and counts a failed run as one that did not', () => {
    const [first, second] = [createCell('ours', 0, good), createCell('ours', 1, good)];
    const change = (state: 'waiting' | 'failed') => ({ ...second!, state, figures: null });
    expect(reachAim([first!, change('waiting')], study(aim))).toMatchObject([
      { outcome: 'OPEN', reached: { count: 1, of: 1 } },
    ]);
    expect(reachAim([first!, change('failed')], study(aim))).toMatchObject([
      { outcome: 'MISSED', missed: [{ cell: 'ours-seed-1', reason: 'it failed' }] },
    ]);
  });

  it('reads test images where the study does, and says where a run has none', () => {
    const test = { targetGain: 0.5, devSafetyAccuracy: -0.01, meanProtectedChange: 0 };
    const onTest = study(', images: test, aim: { targetGain: 0.45, runs: 1 }');
    const cells = [createCell('ours', 0, { test }), createCell('theirs', 0)];
    expect(reachAim(cells, onTest)).toMatchObject([
      { outcome: 'REACHED' },
      { missed: [{ reason: 'no target gain on test images' }] },
    ]);
  });

  it('says a figure that is hardly short with the digits that tell', () => {
    const cells = [0, 1].map((seed) => createCell('ours', seed, { devSafetyAccuracy: -0.0300004 }));
    const [result] = reachAim(cells, study(', aim: { devSafetyAccuracy: -0.03 }'));
    expect(result!.missed[0]!.reason).toBe('worst protected change -3.00004 points');
  });

  it('has nothing to say without an aim', () => {
    expect(reachAim([createCell('ours', 0)], study(''))).toEqual([]);
  });
});

it('says an aim in words', () => {
  const aim = { targetGain: 0.4, meanProtectedChange: -0.01, negativeFlips: 0.015, runs: 2 };
  expect(describeAim(aim, 'validation')).toBe(
    'target gain at least 40 points, mean protected change at least -1 point, share of protected images broken at most 1.5 points on validation images, in 2 runs of a method',
  );
  expect(describeAim({ targetGain: 0.4, runs: 1 }, 'test')).toContain('in 1 run of a method');
});
