import { driveNames, penaltyNames } from '@holdfast/constraints';
import { expect, it } from 'vitest';
import { wireDrives, wirePenalties } from './parse-settings.js';

it('knows every penalty and drive of the library by the wire, and no others', () => {
  expect(new Set(wirePenalties.keys())).toEqual(new Set(penaltyNames));
  expect(new Set(wireDrives.keys())).toEqual(new Set(driveNames));
});
