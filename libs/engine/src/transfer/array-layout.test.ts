import { sha256 } from '@holdfast/artifacts';
import { layOutParameters } from '@holdfast/clip';
import { expect, it } from 'vitest';
import { describeLayout } from './array-layout.js';

const identify = (...shapes: Parameters<typeof layOutParameters>[0]) =>
  describeLayout(layOutParameters(shapes)).sha256;

it('is the sha256 of its lines', () => {
  expect(identify(['a', [2, 3]], ['b', [4]])).toBe(
    sha256('a float32 [2,3] 0\nb float32 [4] 16\n32\n'),
  );
});

it('tells arrays of the same length apart by name, shape and order', () => {
  const layouts = [
    identify(['a', [2, 3]], ['b', [4]]),
    identify(['a', [3, 2]], ['b', [4]]),
    identify(['b', [4]], ['a', [2, 3]]),
    identify(['a', [2, 3]], ['c', [4]]),
  ];
  expect(new Set(layouts).size).toBe(layouts.length);
});
