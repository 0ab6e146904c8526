import type { Sample } from '@holdfast/dataset';
import { expect, it } from 'vitest';
import { countConfusion } from './count-confusion.js';

const show = (label: string, more: Partial<Sample> = {}) => ({ label, ...more }) as Sample;
const predict = (...classes: number[]) => ({
  classes: Uint32Array.from(classes),
  losses: new Float64Array(classes.length),
});

it('counts plain images by class, and no label space of more classes than a table can have', () => {
  const captions = Array.from({ length: 2001 }, (_, i) => `caption ${i}`);
  const classes = ['cat', ...captions, 'dog'];
  const spaces = [
    { name: undefined, classes: [0, 2002] },
    { name: 'captions', classes: captions.map((_, i) => i + 1) },
  ];
  const corruption = { name: 'fog', severity: 3 } as const;
  const samples = [show('dog'), show('caption 7'), show('cat'), show('cat', { corruption })];
  const reference = predict(2002, 8, 0, 2002);
  const candidate = predict(0, 9, 0, 2002);
  expect(countConfusion({ classes, spaces }, { samples, reference, candidate })).toEqual({
    classes: ['cat', 'dog'],
    confusion: {
      reference: [
        [1, 0],
        [0, 1],
      ],
      candidate: [
        [1, 0],
        [1, 0],
      ],
    },
  });
});
