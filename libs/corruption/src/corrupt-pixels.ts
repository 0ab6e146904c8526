import { createRandom, type Random } from '@holdfast/random';
import { blurDefocus, blurGaussian } from './blur.js';
import { findStrength, type Strength } from './constants.js';
import {
  type CorruptionName,
  corruptionNames,
  isSynthetic,
  type PixelChange,
  type PixelCorruption,
} from './corruption.js';
import { warpElastic } from './elastic.js';
import { addFog } from './fog.js';
import { blurGlass } from './glass.js';
import { brighten, reduceContrast } from './light.js';
import { blurMotion } from './motion.js';
import { addGaussianNoise, addImpulseNoise, addShotNoise } from './noise.js';
import type { PixelValues } from './pixel-values.js';
import { pixelate } from './pixelate.js';
import { addSnow } from './snow.js';
import { synthesise } from './synthetic.js';
import { blurZoom } from './zoom.js';

/** An 8-bit RGB image. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  /** [height, width, 3]. */
  readonly data: Uint8Array;
}

/**
 * Changes an image's pixels: corrupts it as the benchmark of its size does ({@link findStrength}), or makes a synthetic image of it, rounded
 * to 8 bits. The same image, change and seed give the same pixels everywhere.
 *
 * @param seed an integer in [0, 2^32) that noise is drawn from, another stream for each name
 * @returns [height, width, 3]
 */
export function corruptPixels(
  { height, width, data }: Pixels,
  change: PixelChange,
  seed: number,
): Uint8Array {
  const image = { height, width, data: new Float64Array(data.length) };
  for (let i = 0; i < data.length; i += 1) image.data[i] = data[i]! / 255;
  const changed = isSynthetic(change)
    ? synthesise(image, change.number, seed)
    : corrupt(image, change, seed);
  const output = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 1) output[i] = Math.round(255 * changed.data[i]!);
  return output;
}

function corrupt(
  image: PixelValues,
  { name, severity }: PixelCorruption,
  seed: number,
): PixelValues {
  const strength = findStrength(Math.min(image.height, image.width), severity);
  const random = createRandom(seed, corruptionNames.indexOf(name));
  return applyCorruption(image, name, { strength, random });
}

/** Corrupts values in [0, 1] to others there. */
export function applyCorruption(
  image: PixelValues,
  name: CorruptionName,
  {
    strength,
    random,
  }: { readonly strength: Strength; readonly random: Pick<Random, 'normal' | 'uniform'> },
): PixelValues {
  switch (name) {
    case 'gaussianNoise':
      return addGaussianNoise(image, strength.gaussianNoise, random);
    case 'shotNoise':
      return addShotNoise(image, strength.shotNoise, random);
    case 'impulseNoise':
      return addImpulseNoise(image, strength.impulseNoise, random);
    case 'gaussianBlur':
      return blurGaussian(image, strength.gaussianBlur);
    case 'defocusBlur':
      return blurDefocus(image, strength.defocusBlur);
    case 'fog':
      return addFog(image, strength.fog, random);
    case 'brightness':
      return brighten(image, strength.brightness);
    case 'contrast':
      return reduceContrast(image, strength.contrast);
    case 'pixelate':
      return pixelate(image, strength.pixelate);
    case 'motionBlur':
      return blurMotion(image, strength.motionBlur, random);
    case 'snow':
      return addSnow(image, strength.snow, random);
    case 'zoomBlur':
      return blurZoom(image, strength.zoomBlur);
    case 'glassBlur':
      return blurGlass(image, strength.glassBlur, random);
    case 'elasticTransform':
      return warpElastic(image, strength.elasticTransform, random);
  }
}
