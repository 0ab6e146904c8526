import { expect, it } from 'vitest';
import { listEnumNames } from './enum-names.js';

it('names what is set, as plans do', () => {
  const values = { FRUIT_UNSPECIFIED: 0, FRUIT_BLOOD_ORANGE: 1, FRUIT_FIG: 2, UNRECOGNIZED: -1 };
  expect([...listEnumNames(values, 'FRUIT')]).toEqual([
    ['bloodOrange', 1],
    ['fig', 2],
  ]);
});
