import { BoundMethod, Weighting } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { nameMethod, nameWeighting } from './name-evidence.js';

it('has the words that stand in verdict.json', () => {
  const { BOUND_METHOD_UNSPECIFIED: _, UNRECOGNIZED: __, ...methods } = BoundMethod;
  expect(Object.values(methods).map(nameMethod)).toEqual([
    'tango',
    'gaffke+sign-flip',
    'zero-flip',
  ]);
  expect(nameWeighting(Weighting.WEIGHTING_IMAGES)).toBe('images');
  expect(nameWeighting(Weighting.WEIGHTING_TASKS)).toBe('tasks');
});
