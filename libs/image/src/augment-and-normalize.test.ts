import { readFileSync } from 'node:fs';
import { createRandom, type Random } from '@holdfast/random';
import { parseSafetensors, toFloat32 } from '@holdfast/safetensors';
import '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { augmentAndNormalize } from './augment-and-normalize.js';
import type { Augmentation } from './augmentation.js';
import { cropImage } from './crop-image.js';
import { hashPreprocessing, type Preprocessing } from './preprocessing.js';
import { resizeBicubic } from './resize-bicubic.js';
import { rotateBilinear } from './rotate-bilinear.js';

const preprocessing: Preprocessing = {
  doResize: true,
  shortestEdge: 24,
  cropHeight: 24,
  cropWidth: 24,
  doRescale: true,
  rescaleFactor: 1 / 255,
  doNormalize: true,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const expectedUrl = new URL('../fixtures/expected.safetensors', import.meta.url);
const { tensors } = parseSafetensors(readFileSync(expectedUrl));
const pixels = Uint8Array.from(tensors.get('rgb.png@24')!.data);
const off: Augmentation = {
  rotationDegrees: 0,
  shiftPixels: 0,
  contrast: 0,
  brightness: 0,
  flip: false,
};

/** Answers as told, in order, and counts. */
function createScript(integers: number[], uniforms: number[]): Random {
  const random = createRandom(0);
  return {
    ...random,
    integer: () => integers.shift()!,
    uniform: () => uniforms.shift()!,
  };
}

/** The definition, pixel by pixel. */
function augmentNaively({
  dy,
  dx,
  factor,
  shift,
  flip,
}: {
  dy: number;
  dx: number;
  factor: number;
  shift: number;
  flip: boolean;
}): Float64Array {
  const size = 24;
  const reflect = (i: number) => (i < 0 ? -i : i > size - 1 ? 2 * (size - 1) - i : i);
  const at = (c: number, row: number, column: number) =>
    pixels[3 * (reflect(row + dy) * size + reflect(column + dx)) + c]!;
  const shifted: number[][] = [0, 1, 2].map((c) =>
    Array.from({ length: size * size }, (_, i) => at(c, Math.floor(i / size), i % size)),
  );
  const mean = shifted.flat().reduce((a, b) => a + b) / (3 * size * size);
  const output = new Float64Array(3 * size * size);
  for (let c = 0; c < 3; c += 1) {
    for (let i = 0; i < size * size; i += 1) {
      const column = i % size;
      const from = flip ? i - column + (size - 1 - column) : i;
      const value = (shifted[c]![from]! - mean) * factor + mean + shift;
      const clamped = Math.min(255, Math.max(0, value));
      output[c * size * size + i] =
        (clamped / 255 - preprocessing.mean[c]!) / preprocessing.std[c]!;
    }
  }
  return output;
}

describe('augmentAndNormalize', () => {
  it('gives the input that transformers gives, without augmentation', () => {
    const output = new Float32Array(3 * 24 * 24);
    augmentAndNormalize(pixels, output, preprocessing);
    const golden = toFloat32(tensors.get('normalized@24')!);
    // transformers rounds to float32 after each of three operations on values up to 3.
    expect(output).toBeAllclose(golden, { rtol: 1e-6, atol: 5e-7 });
  });

  it('shifts by reflection, then contrast about its own mean, brightness and clamp, then flips', () => {
    const augmentation = { ...off, shiftPixels: 4, contrast: 0.4, brightness: 30, flip: true };
    const output = new Float32Array(3 * 24 * 24);
    // integer(9) = 1 and 8 are shifts of -3 and 4; uniforms are contrast, brightness and the coin.
    const random = createScript([1, 8], [0.875, 0.25, 0.49]);
    augmentAndNormalize(pixels, output, preprocessing, augmentation, random);
    const expected = augmentNaively({ dy: -3, dx: 4, factor: 1.3, shift: -15, flip: true });
    // One rounding to float32 of values up to 3.
    expect(output).toBeAllclose(expected, { rtol: 1e-6, atol: 5e-7 });
    expect(expected.some((x) => x === (0 - preprocessing.mean[0]) / preprocessing.std[0])).toBe(
      true,
    );
  });

  it('crops and turns before all else, as Pillow does', () => {
    const crop = { scaleMin: 0.25, scaleMax: 1, ratioMin: 0.5, ratioMax: 2 };
    // Area and ratio of a box of 13 rows and 17 columns, its corner, the angle, the coin.
    const shares = [((13 * 17) / 576 - 0.25) / 0.75, Math.log((2 * 17) / 13) / Math.log(4)];
    const random = createScript([3, 5], [...shares, 0.25, 0.49]);
    const output = new Float32Array(3 * 24 * 24);
    const augmentation = { ...off, crop, rotationDegrees: 60, flip: true };
    augmentAndNormalize(pixels, output, preprocessing, augmentation, random);
    const image = { height: 24, width: 24, data: pixels };
    const cut = cropImage(image, { top: 3, left: 5, height: 13, width: 17 });
    const turned = rotateBilinear(resizeBicubic(cut, image), -30);
    const expected = new Float32Array(3 * 24 * 24);
    const flip = createScript([], [0.49]);
    augmentAndNormalize(turned.data, expected, preprocessing, { ...off, flip: true }, flip);
    expect(output).toEqual(expected);
  });

  it('reflects shifts larger than the image back and forth', () => {
    const two = { ...preprocessing, cropHeight: 1, cropWidth: 2 };
    const output = new Float32Array(6);
    const plain = new Float32Array(6);
    const image = Uint8Array.of(10, 20, 30, 200, 210, 220);
    augmentAndNormalize(image, plain, two);
    // A shift of 7 in a row of two is a shift of 1; in a column of one it is none.
    const random = createScript([0, 14], []);
    augmentAndNormalize(image, output, two, { ...off, shiftPixels: 7 }, random);
    expect([...output]).toEqual([plain[1], plain[0], plain[3], plain[2], plain[5], plain[4]]);
  });

  it('changes nothing, and draws nothing, when all is off', () => {
    const plain = new Float32Array(3 * 24 * 24);
    const output = new Float32Array(3 * 24 * 24);
    augmentAndNormalize(pixels, plain, preprocessing);
    augmentAndNormalize(pixels, output, preprocessing, off, createScript([], []));
    expect(output).toBeAllclose(plain, { rtol: 1e-6, atol: 5e-7 });
  });

  it('draws the same from the same seed, and something else from another', () => {
    const augmentation = { ...off, shiftPixels: 4, contrast: 0.4, brightness: 30, flip: true };
    const draw = (seed: number) => {
      const output = new Float32Array(3 * 24 * 24);
      augmentAndNormalize(pixels, output, preprocessing, augmentation, createRandom(seed, 7));
      return output;
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('leaves out what preprocessing leaves out', () => {
    const output = new Float32Array(3 * 24 * 24);
    const raw = { ...preprocessing, doRescale: false, doNormalize: false };
    augmentAndNormalize(pixels, output, raw);
    expect(output[0]).toBe(pixels[0]);
    expect(output[2 * 24 * 24 + 1]).toBe(pixels[5]);
  });

  it('refuses arrays of another size, and an augmentation without random numbers', () => {
    const output = new Float32Array(3 * 24 * 24);
    expect(() => augmentAndNormalize(pixels.subarray(3), output, preprocessing)).toThrow(
      RangeError,
    );
    const flip = { ...off, flip: true };
    expect(() => augmentAndNormalize(pixels, output, preprocessing, flip)).toThrow(
      'needs a random generator',
    );
  });
});

describe('hashPreprocessing', () => {
  it('depends on what changes numbers and on nothing else', () => {
    const { mean, ...rest } = preprocessing;
    expect(hashPreprocessing({ mean, ...rest })).toBe(hashPreprocessing(preprocessing));
    expect(hashPreprocessing({ ...preprocessing, shortestEdge: 25 })).not.toBe(
      hashPreprocessing(preprocessing),
    );
    const plain = { ...preprocessing, doNormalize: false };
    expect(hashPreprocessing({ ...plain, mean: [0, 0, 0] })).toBe(hashPreprocessing(plain));
  });
});
