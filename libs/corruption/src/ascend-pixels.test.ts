import { expect, it } from 'vitest';
import { ascendPixels, scatterPixels } from './ascend-pixels.js';

/** A channel that is normalised by CLIP's red, and one that is u itself. */
const channels = [
  { low: -0.48145466 / 0.26862954, high: (1 - 0.48145466) / 0.26862954 },
  { low: 0, high: 1 },
];
const toInput = (values: readonly number[]) =>
  Float32Array.from(values, (u, i) => {
    const { low, high } = channels[Math.floor(i / 4)]!;
    return low + u * (high - low);
  });
const toUnits = (pixels: Float32Array) =>
  Array.from(pixels, (x, i) => {
    const { low, high } = channels[Math.floor(i / 4)]!;
    return (255 * (x - low)) / (high - low);
  });
/** 0 and 255 are at an end of what pixels can be. */
const start = [0, 100, 254.5, 255, 0, 100, 254.5, 255];
const createImage = () => {
  const original = toInput(start.map((value) => value / 255));
  return { original, pixels: original.slice() };
};
/** Float32 holds a normalised pixel to 1e-7, of 255. */
const requireClose = (found: readonly number[], expected: readonly number[]) => {
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 3);
};

it('moves each value by the sign of its gradient, within the ball and what a pixel can be', () => {
  const image = createImage();
  const up = Float32Array.from([1e-30, 5, 1, 1, -1, 0, 1, -2]);
  const attack = { epsilon: 2, stepSize: 1.5 };
  ascendPixels(image, up, channels, attack);
  requireClose(toUnits(image.pixels), [1.5, 101.5, 255, 255, 0, 100, 255, 253.5]);
  ascendPixels(image, up, channels, attack);
  requireClose(toUnits(image.pixels), [2, 102, 255, 255, 0, 100, 255, 253]);
  ascendPixels(
    image,
    up.map((value) => -value),
    channels,
    attack,
  );
  requireClose(toUnits(image.pixels), [0.5, 100.5, 253.5, 253.5, 1.5, 100, 253.5, 254.5]);
});

it('changes no bit in a ball of radius 0', () => {
  const image = createImage();
  ascendPixels(image, new Float32Array(8).fill(1), channels, { epsilon: 0, stepSize: 1 });
  scatterPixels(image, channels, { epsilon: 0 }, { uniform: () => 0.9 });
  expect(image.pixels).toEqual(image.original);
});

it('starts anywhere in the ball, one number a value', () => {
  const image = createImage();
  const numbers = [0, 0.5, 0.75, 0, 0.25, 1, 0.5, 0.5];
  scatterPixels(image, channels, { epsilon: 4 }, { uniform: () => numbers.shift()! });
  requireClose(toUnits(image.pixels), [0, 100, 255, 251, 0, 104, 254.5, 255]);
  expect(numbers).toEqual([]);
});
