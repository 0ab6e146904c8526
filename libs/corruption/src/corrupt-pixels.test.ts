import { readFileSync } from 'node:fs';
import { parseSafetensors, toFloat32 } from '@holdfast/safetensors';
import { describe, expect, it } from 'vitest';
import { findStrength } from './constants.js';
import { applyCorruption, corruptPixels } from './corrupt-pixels.js';
import { type CorruptionName, corruptionNames, severityMax } from './corruption.js';

const { tensors } = parseSafetensors(
  readFileSync(new URL('../fixtures/expected.safetensors', import.meta.url)),
);
const { shape, data } = tensors.get('image')!;
const [height, width] = shape as [number, number];
const image = { height, width, data };
const severities = Array.from({ length: severityMax }, (_, i) => i + 1);

/** Gives the numbers that numpy had, one after another. */
function createRecordedRandom() {
  const words = tensors.get('words')!.data;
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const normals = toFloat32(tensors.get('normal')!);
  let next = 0;
  return {
    uniform: () => view.getUint32(4 * next++, true) / 2 ** 32,
    normal: () => normals[next++]!,
  };
}

describe('applyCorruption', () => {
  const sides = { 'cifar-10-c': 32, 'tiny-imagenet-c': 64, 'imagenet-c': 224 };
  const cases = corruptionNames.flatMap((name) =>
    Object.entries(sides).flatMap(([benchmark, side]) =>
      severities.map((severity) => [name, benchmark, side, severity] as const),
    ),
  );

  it.each(cases)(
    'gives what numpy and its like give for %s of %s (%i pixels, severity %i)',
    (...one) => {
      const [name, benchmark, side, severity] = one;
      const expected = toFloat32(tensors.get(`${name}/${benchmark}/${severity}`)!);
      const values = { height, width, data: Float64Array.from(data, (value) => value / 255) };
      const strength = findStrength(side, severity);
      const corrupted = applyCorruption(values, name, { strength, random: createRecordedRandom() });
      // Expected values are float32 of up to 255: 1.5e-5 apart. OpenCV's kernels of defocus are float32 inside.
      const distance = corrupted.data.map((value, i) => Math.abs(255 * value - expected[i]!));
      expect(Math.max(...distance)).toBeLessThan(5e-5);
      expect(Math.max(...expected.map((value, i) => Math.abs(value - data[i]!)))).toBeGreaterThan(
        2,
      );
    },
  );
});

describe('findStrength', () => {
  it.each([
    [32, 0.04],
    [47, 0.04],
    [48, 0.04],
    [224, 0.08],
    [127, 0.04],
    [128, 0.08],
  ])('takes the constants of the nearest benchmark: %i pixels', (side, sigma) => {
    expect(findStrength(side, 1).gaussianNoise).toBe(sigma);
    expect(findStrength(side, 1).pixelate).toBe(side < 48 ? 0.95 : side < 128 ? 0.9 : 0.6);
  });
});

describe('corruptPixels', () => {
  const grey = { height: 64, width: 64, data: new Uint8Array(64 * 64 * 3).fill(100) };
  const meanAndDeviation = (values: Uint8Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return [mean, Math.sqrt(square)] as const;
  };

  it.each(corruptionNames)('gives the same pixels for the same seed: %s', (name) => {
    for (const severity of severities) {
      const first = corruptPixels(image, { name, severity }, 5);
      expect(corruptPixels(image, { name, severity }, 5)).toEqual(first);
      expect(first).not.toEqual(data);
      expect(first).toHaveLength(data.length);
    }
  });

  it('draws the noise of each image and kind anew', () => {
    const noisy = (name: CorruptionName, seed: number) =>
      corruptPixels(grey, { name, severity: 3 }, seed);
    for (const name of ['gaussianNoise', 'shotNoise', 'impulseNoise', 'fog'] as const) {
      expect(noisy(name, 1)).not.toEqual(noisy(name, 2));
    }
    expect(noisy('defocusBlur', 1)).toEqual(noisy('defocusBlur', 2));
    expect(noisy('snow', 1)).not.toEqual(noisy('snow', 2));
    for (const name of ['motionBlur', 'glassBlur', 'elasticTransform'] as const) {
      const [one, other] = [1, 2].map((seed) => corruptPixels(image, { name, severity: 5 }, seed));
      expect(one).not.toEqual(other);
    }
  });

  it.each(['gaussianBlur', 'motionBlur', 'zoomBlur', 'glassBlur', 'elasticTransform'] as const)(
    'moves no light into or out of a flat image: %s',
    (name) => {
      for (const side of [31, 50, 128]) {
        const size = { height: side, width: side + 1 };
        const data = new Uint8Array(3 * side * (side + 1)).fill(100);
        for (const severity of severities) {
          const corrupted = corruptPixels({ ...size, data }, { name, severity }, 3);
          expect(corrupted.every((value) => value === 100)).toBe(true);
        }
      }
    },
  );

  it('makes noise of the strength that it says', () => {
    // Of 12,288 values the mean is within 4 standard errors, the deviation within 5 %.
    const isNear = (values: Uint8Array, mean: number, deviation: number) => {
      const [found, spread] = meanAndDeviation(values);
      expect(Math.abs(found - mean)).toBeLessThan(
        (4 * deviation) / Math.sqrt(values.length) + 0.05,
      );
      expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.05);
    };
    isNear(corruptPixels(grey, { name: 'gaussianNoise', severity: 2 }, 1), 100, 255 * 0.08);
    isNear(
      corruptPixels(grey, { name: 'shotNoise', severity: 2 }, 1),
      100,
      Math.sqrt((255 * 100) / 100),
    );
    const impulses = corruptPixels(grey, { name: 'impulseNoise', severity: 5 }, 1);
    const share = (value: number) =>
      impulses.filter((one) => one === value).length / impulses.length;
    expect(Math.abs(share(0) - 0.07)).toBeLessThan(0.01);
    expect(Math.abs(share(255) - 0.07)).toBeLessThan(0.01);
  });

  /** What leaves an image of one value as it is. */
  const averages: readonly string[] =
    'gaussianBlur defocusBlur motionBlur zoomBlur glassBlur elasticTransform'.split(' ');

  it.each(corruptionNames)('takes black, white and a single pixel: %s', (name) => {
    for (const value of [0, 255]) {
      for (const [rows, columns] of [
        [1, 1],
        [1, 7],
        [9, 4],
      ] as const) {
        const flat = {
          height: rows,
          width: columns,
          data: new Uint8Array(3 * rows * columns).fill(value),
        };
        for (const severity of severities) {
          const corrupted = corruptPixels(flat, { name, severity }, 0);
          expect(corrupted).toHaveLength(flat.data.length);
          if (averages.includes(name)) expect(new Set(corrupted)).toEqual(new Set([value]));
        }
      }
    }
    const black = { height: 8, width: 8, data: new Uint8Array(192) };
    const brighter = corruptPixels(black, { name: 'brightness', severity: 1 }, 0);
    expect(new Set(brighter)).toEqual(new Set([Math.round(255 * 0.05)]));
  });
});
