import type { Random } from '@holdfast/random';
import { type Augmentation, isPlain } from './augmentation.js';
import { cropImage } from './crop-image.js';
import { drawCropBox } from './draw-crop-box.js';
import type { Preprocessing } from './preprocessing.js';
import { reflectIndex } from './reflect.js';
import { resizeBicubic } from './resize-bicubic.js';
import type { RgbImage } from './rgb-image.js';
import { rotateBilinear } from './rotate-bilinear.js';

/** What one image draws beside crop and rotation. */
interface Draw {
  shiftX: number;
  shiftY: number;
  contrast: number;
  brightness: number;
  flip: boolean;
}

/** Linear map of a value of 0 to 255 to the model's input, by channel. */
interface Normalization {
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  /** The map of 0..255 for each channel: [3 x 256]. */
  readonly table: Float32Array;
}

const levels = 256;
const normalizations = new WeakMap<Preprocessing, Normalization>();
// Reused from call to call: images come by the hundred in every step.
const draw: Draw = { shiftX: 0, shiftY: 0, contrast: 1, brightness: 0, flip: false };
const augmentedTable = new Float32Array(3 * levels);
let columns = new Int32Array(0);
let rows = new Int32Array(0);

/**
 * Turns prepared pixels into the model's input, and augments them if asked.
 *
 *   crop:       a random rectangle of x, bicubic back to the size of x ({@link drawCropBox}), rounded to 0..255
 *   rotation:   about the centre by r degrees, uniform in [-R, R], bilinear, black outside, cut to 0..255
 *   shift:      y[r, c] = x[r + dr, c + dc], dr and dc uniform integers in [-n, n], border reflected
 *   contrast:   y <- m + f (y - m), f uniform in [1 - c, 1 + c], m the mean of all values of the shifted image
 *   brightness: y <- y + a, a uniform in [-b, b]
 *   clamp to 0..255, not rounded; flip left to right with probability 1/2
 *   output:     (y rescaleFactor - mean) / std
 *
 * `random` is asked in this order for what the augmentation has on: the crop, r, dr, dc, f, a, flip.
 *
 * Shapes: `pixels` is [cropHeight, cropWidth, 3], `output` [3, cropHeight, cropWidth].
 * @throws RangeError if a length does not fit, or there is something to draw and no `random`.
 */
export function augmentAndNormalize(
  pixels: Uint8Array,
  output: Float32Array,
  preprocessing: Preprocessing,
  augmentation?: Augmentation,
  random?: Random,
): void {
  const { cropHeight: height, cropWidth: width } = preprocessing;
  const size = height * width;
  if (pixels.length !== 3 * size || output.length !== 3 * size) {
    throw new RangeError(
      `expected ${3 * size} values, got ${pixels.length} pixels and ${output.length} outputs`,
    );
  }
  const normalization = findNormalization(preprocessing);
  if (augmentation === undefined || isPlain(augmentation)) {
    copyPlain(pixels, output, normalization.table);
    return;
  }
  if (random === undefined) throw new RangeError('an augmentation needs a random generator');
  const { data } = cropAndRotate({ height, width, data: pixels }, augmentation, random);
  drawAugmentation(augmentation, random);
  placeSources(height, width);
  fillAugmentedTable(meanOfSources(data, height, width), normalization);
  copyFromSources(data, output, height, width);
}

function cropAndRotate(
  image: RgbImage,
  { crop, rotationDegrees }: Augmentation,
  random: Random,
): RgbImage {
  const cropped =
    crop === undefined
      ? image
      : resizeBicubic(cropImage(image, drawCropBox(image, crop, random)), image);
  if (rotationDegrees === 0) return cropped;
  return rotateBilinear(cropped, rotationDegrees * (2 * random.uniform() - 1));
}

function findNormalization(preprocessing: Preprocessing): Normalization {
  const known = normalizations.get(preprocessing);
  if (known !== undefined) return known;
  const { doRescale, rescaleFactor, doNormalize, mean, std } = preprocessing;
  const factor = doRescale ? rescaleFactor : 1;
  const scaleOf = (c: number) => (doNormalize ? factor / std[c]! : factor);
  const offsetOf = (c: number) => (doNormalize ? -mean[c]! / std[c]! : 0);
  const table = new Float32Array(3 * levels);
  for (let c = 0; c < 3; c += 1) {
    for (let value = 0; value < levels; value += 1) {
      table[c * levels + value] = value * scaleOf(c) + offsetOf(c);
    }
  }
  const normalization: Normalization = {
    scale: [scaleOf(0), scaleOf(1), scaleOf(2)],
    offset: [offsetOf(0), offsetOf(1), offsetOf(2)],
    table,
  };
  normalizations.set(preprocessing, normalization);
  return normalization;
}

function drawAugmentation(augmentation: Augmentation, random: Random): void {
  const { shiftPixels, contrast, brightness, flip } = augmentation;
  draw.shiftY = shiftPixels > 0 ? random.integer(2 * shiftPixels + 1) - shiftPixels : 0;
  draw.shiftX = shiftPixels > 0 ? random.integer(2 * shiftPixels + 1) - shiftPixels : 0;
  draw.contrast = contrast > 0 ? 1 + contrast * (2 * random.uniform() - 1) : 1;
  draw.brightness = brightness > 0 ? brightness * (2 * random.uniform() - 1) : 0;
  draw.flip = flip && random.uniform() < 0.5;
}

/** Where each row and column of the output comes from; columns as offsets of pixels of 3 bytes. */
function placeSources(height: number, width: number): void {
  if (rows.length < height) rows = new Int32Array(height);
  if (columns.length < width) columns = new Int32Array(width);
  for (let r = 0; r < height; r += 1) rows[r] = reflectIndex(r + draw.shiftY, height);
  for (let c = 0; c < width; c += 1) {
    const column = draw.flip ? width - 1 - c : c;
    columns[c] = 3 * reflectIndex(column + draw.shiftX, width);
  }
}

function meanOfSources(pixels: Uint8Array, height: number, width: number): number {
  // Integers: the sum is exact in any order.
  let sum = 0;
  for (let r = 0; r < height; r += 1) {
    const start = 3 * width * rows[r]!;
    for (let c = 0; c < width; c += 1) {
      const at = start + columns[c]!;
      sum += pixels[at]! + pixels[at + 1]! + pixels[at + 2]!;
    }
  }
  return sum / (3 * height * width);
}

/** All changes of value depend on the value alone: 768 of them are cheaper than one a pixel. */
function fillAugmentedTable(mean: number, { scale, offset }: Normalization): void {
  for (let value = 0; value < levels; value += 1) {
    const changed = mean + draw.contrast * (value - mean) + draw.brightness;
    const clamped = Math.min(Math.max(changed, 0), 255);
    for (let c = 0; c < 3; c += 1) {
      augmentedTable[c * levels + value] = clamped * scale[c]! + offset[c]!;
    }
  }
}

function copyPlain(pixels: Uint8Array, output: Float32Array, table: Float32Array): void {
  const size = output.length / 3;
  for (let i = 0, at = 0; i < size; i += 1, at += 3) {
    output[i] = table[pixels[at]!]!;
    output[i + size] = table[levels + pixels[at + 1]!]!;
    output[i + 2 * size] = table[2 * levels + pixels[at + 2]!]!;
  }
}

function copyFromSources(
  pixels: Uint8Array,
  output: Float32Array,
  height: number,
  width: number,
): void {
  const size = height * width;
  let i = 0;
  for (let r = 0; r < height; r += 1) {
    const start = 3 * width * rows[r]!;
    for (let c = 0; c < width; c += 1, i += 1) {
      const at = start + columns[c]!;
      output[i] = augmentedTable[pixels[at]!]!;
      output[i + size] = augmentedTable[levels + pixels[at + 1]!]!;
      output[i + 2 * size] = augmentedTable[2 * levels + pixels[at + 2]!]!;
    }
  }
}
