import { objectiveNames } from '@holdfast/objectives';
import { expect, it } from 'vitest';
import { wireObjectives } from './parse-open-run.js';

it('knows every objective of the library by the wire, and no others', () => {
  expect(new Set(wireObjectives.keys())).toEqual(new Set(objectiveNames));
});
