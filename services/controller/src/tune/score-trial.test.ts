import { expect, it } from 'vitest';
import { scoreTrial } from './score-trial.js';

it('takes three points for every point of a protected task that is lost beyond its standard error', () => {
  const score = scoreTrial({
    targetChange: 0.5,
    protectedChanges: [
      { change: 0.2, standardError: 0 },
      { change: -0.02, standardError: 0.03 },
      { change: -0.1, standardError: 0.04 },
    ],
  });
  expect(score).toBeCloseTo(0.5 - 3 * 0.06, 12);
});
