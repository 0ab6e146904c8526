import { BoundMethod, CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { describeTest } from './describe-test.js';

it('has of each task the evidence and the bounds that a judged one has', () => {
  const counts = { exampleCount: 20, groupCount: 4, negativeFlips: 3, positiveFlips: 1 };
  const accuracies = { referenceAccuracy: 0.9, candidateAccuracy: 0.8, accuracyChange: -0.1 };
  const bounds = { lowerBound: -0.4, upperBound: 0.2, lossChange: 0.05 };
  const method = BoundMethod.BOUND_METHOD_GAFFKE_SIGN_FLIP;
  const stop = { task: 'stop', ...counts, ...accuracies, ...bounds, method };
  const { note, devSafetyAccuracy, tasks } = describeTest(
    CompareResponse.fromPartial({
      tasks: [
        { ...stop, target: true },
        { ...stop, ceiling: true },
      ],
      devSafetyAccuracy: -0.1,
    }),
    [],
  );
  expect([note, devSafetyAccuracy]).toEqual(['informs, decides nothing', -0.1]);
  const described = {
    task: 'stop',
    target: true,
    examples: 20,
    groups: 4,
    ...accuracies,
    negativeFlips: 3,
    positiveFlips: 1,
    ...bounds,
    method: 'gaffke+sign-flip',
  };
  expect(tasks).toEqual([described, { ...described, target: false, ceiling: true }]);
});
