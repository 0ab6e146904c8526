import type { VerdictRecord } from '@holdfast/run-store';
import { expect, it } from 'vitest';
import type { Colors } from '../terminal/terminal.js';
import { formatComparisons } from './format-verdict.js';

const plain = (text: string) => text;
const colors = {
  red: (text: string) => `<${text}>`,
  green: plain,
  yellow: plain,
  dim: plain,
} as unknown as Colors;

it('shows what a ceiling may grow by, and its growth as what must not be', () => {
  const task = {
    examples: 100,
    groups: 100,
    referenceAccuracy: 0.5,
    candidateAccuracy: 0.52,
    accuracyChange: 0.02,
    negativeFlips: 0,
    positiveFlips: 2,
    lowerBound: -0.01,
    upperBound: 0.07,
    tolerance: 0.1,
    verdict: 'RETAINED',
  };
  const records = [
    { ...task, task: 'stop' },
    { ...task, task: 'gore (ceiling)', ceiling: true },
    { ...task, task: 'less (ceiling)', ceiling: true, accuracyChange: -0.02 },
  ] as unknown as VerdictRecord[];
  const [, stop, gore, less] = formatComparisons([], records, colors);
  expect(stop).not.toContain('growth');
  expect(gore).toMatch(/<\+2\.0> .* growth 10\.0 %? *RETAINED/);
  expect(stop).not.toContain('<');
  expect(less).not.toContain('<');
});
