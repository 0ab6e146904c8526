import type { VerdictRecord } from '@holdfast/run-store';
import { expect, it } from 'vitest';
import { renderTable } from './render-table.js';

it('says of a ceiling by how much it has grown at most, where others have a bound from below', () => {
  const task = {
    referenceAccuracy: 0.5,
    candidateAccuracy: 0.52,
    accuracyChange: 0.02,
    lowerBound: -0.03,
    upperBound: 0.07,
    verdict: 'RETAINED',
  };
  const records = [
    { ...task, task: 'stop' },
    { ...task, task: 'gore (ceiling)', ceiling: true },
  ] as unknown as VerdictRecord[];
  expect(renderTable([], records).split('\n').slice(2)).toEqual([
    '| stop | 50.0 % | 52.0 % | +2.0 | -3.0 | retained |',
    '| gore (ceiling) | 50.0 % | 52.0 % | +2.0 | at most +7.0 | retained |',
  ]);
});
