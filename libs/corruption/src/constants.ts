import type { CorruptionName } from './corruption.js';
import type { Elastic } from './elastic.js';
import type { Glass } from './glass.js';
import type { Movement } from './motion.js';
import type { Snow } from './snow.js';
import type { Zooms } from './zoom.js';

/** One constant a severity, 1 to 5. */
type Row<T> = readonly [T, T, T, T, T];

/** What each corruption's severities mean. */
interface Constants {
  /** Standard deviation of the noise, in units of the range of values. */
  readonly gaussianNoise: Row<number>;
  /** Photons that white is. */
  readonly shotNoise: Row<number>;
  /** Share of values that become 0 or 1. */
  readonly impulseNoise: Row<number>;
  /** Standard deviation in pixels. */
  readonly gaussianBlur: Row<number>;
  /** Radius of the disk, and standard deviation that its edge is blurred with, in pixels. */
  readonly defocusBlur: Row<readonly [radius: number, edge: number]>;
  /** How thick it is, and by what its structure falls from one scale to the next finer one. */
  readonly fog: Row<readonly [thickness: number, decay: number]>;
  /** What is added to the largest of red, green and blue. */
  readonly brightness: Row<number>;
  /** What is left of the distance to the mean. */
  readonly contrast: Row<number>;
  /** Share of the side that is left in pixels. */
  readonly pixelate: Row<number>;
  readonly motionBlur: Row<Movement>;
  readonly snow: Row<Snow>;
  readonly zoomBlur: Row<Zooms>;
  readonly glassBlur: Row<Glass>;
  readonly elasticTransform: Row<Elastic>;
}

/** The constants of one severity. */
export type Strength = { readonly [K in CorruptionName]: Constants[K][number] };

/** CIFAR-10-C: 32 pixels. */
const cifar: Constants = {
  gaussianNoise: [0.04, 0.06, 0.08, 0.09, 0.1],
  shotNoise: [500, 250, 100, 75, 50],
  impulseNoise: [0.01, 0.02, 0.03, 0.05, 0.07],
  gaussianBlur: [0.4, 0.6, 0.7, 0.8, 1],
  defocusBlur: [
    [0.3, 0.4],
    [0.4, 0.5],
    [0.5, 0.6],
    [1, 0.2],
    [1.5, 0.1],
  ],
  fog: [
    [0.2, 3],
    [0.5, 3],
    [0.75, 2.5],
    [1, 2],
    [1.5, 1.75],
  ],
  brightness: [0.05, 0.1, 0.15, 0.2, 0.3],
  contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
  pixelate: [0.95, 0.9, 0.85, 0.75, 0.65],
  motionBlur: [
    [6, 1],
    [6, 1.5],
    [6, 2],
    [8, 2],
    [9, 2.5],
  ],
  snow: [
    { mean: 0.1, deviation: 0.2, zoom: 1, threshold: 0.6, fall: [8, 3], kept: 0.95 },
    { mean: 0.1, deviation: 0.2, zoom: 1, threshold: 0.5, fall: [10, 4], kept: 0.9 },
    { mean: 0.15, deviation: 0.3, zoom: 1.75, threshold: 0.55, fall: [10, 4], kept: 0.9 },
    { mean: 0.25, deviation: 0.3, zoom: 2.25, threshold: 0.6, fall: [12, 6], kept: 0.85 },
    { mean: 0.3, deviation: 0.3, zoom: 1.25, threshold: 0.65, fall: [14, 12], kept: 0.8 },
  ],
  zoomBlur: [
    [0.01, 7],
    [0.01, 12],
    [0.01, 16],
    [0.01, 21],
    [0.01, 26],
  ],
  glassBlur: [
    [0.05, 1, 1],
    [0.25, 1, 1],
    [0.4, 1, 1],
    [0.25, 1, 2],
    [0.4, 1, 2],
  ],
  elasticTransform: [
    [0, 0, 2.56],
    [1.6, 6.4, 2.24],
    [2.56, 1.92, 1.92],
    [3.2, 1.28, 1.6],
    [3.2, 0.96, 0.96],
  ],
};

/** Tiny-ImageNet-C: 64 pixels. */
const tinyImageNet: Constants = {
  gaussianNoise: [0.04, 0.08, 0.12, 0.15, 0.18],
  shotNoise: [250, 100, 50, 30, 15],
  impulseNoise: [0.01, 0.02, 0.05, 0.08, 0.14],
  gaussianBlur: [0.5, 0.75, 1, 1.25, 1.5],
  defocusBlur: [
    [0.5, 0.6],
    [1, 0.1],
    [1.5, 0.1],
    [2.5, 0.01],
    [3, 0.1],
  ],
  fog: [
    [0.4, 3],
    [0.7, 3],
    [1, 2.5],
    [1.5, 2],
    [2, 1.75],
  ],
  brightness: [0.1, 0.2, 0.3, 0.4, 0.5],
  contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
  pixelate: [0.9, 0.8, 0.7, 0.6, 0.5],
  motionBlur: [
    [10, 1],
    [10, 1.5],
    [10, 2],
    [10, 2.5],
    [12, 3],
  ],
  snow: [
    { mean: 0.1, deviation: 0.2, zoom: 1, threshold: 0.6, fall: [8, 3], kept: 0.8 },
    { mean: 0.1, deviation: 0.2, zoom: 1, threshold: 0.5, fall: [10, 4], kept: 0.8 },
    { mean: 0.15, deviation: 0.3, zoom: 1.75, threshold: 0.55, fall: [10, 4], kept: 0.7 },
    { mean: 0.25, deviation: 0.3, zoom: 2.25, threshold: 0.6, fall: [12, 6], kept: 0.65 },
    { mean: 0.3, deviation: 0.3, zoom: 1.25, threshold: 0.65, fall: [14, 12], kept: 0.6 },
  ],
  zoomBlur: [
    [0.01, 7],
    [0.01, 12],
    [0.01, 16],
    [0.01, 21],
    [0.01, 26],
  ],
  glassBlur: [
    [0.1, 1, 1],
    [0.5, 1, 1],
    [0.6, 1, 2],
    [0.7, 2, 1],
    [0.9, 2, 2],
  ],
  elasticTransform: [
    [0, 0, 5.12],
    [3.2, 19.2, 3.84],
    [6.4, 5.12, 3.84],
    [6.4, 1.92, 1.92],
    [10.24, 1.92, 1.28],
  ],
};

/** ImageNet-C: 224 pixels. */
const imageNet: Constants = {
  gaussianNoise: [0.08, 0.12, 0.18, 0.26, 0.38],
  shotNoise: [60, 25, 12, 5, 3],
  impulseNoise: [0.03, 0.06, 0.09, 0.17, 0.27],
  gaussianBlur: [1, 2, 3, 4, 6],
  defocusBlur: [
    [3, 0.1],
    [4, 0.5],
    [6, 0.5],
    [8, 0.5],
    [10, 0.5],
  ],
  fog: [
    [1.5, 2],
    [2, 2],
    [2.5, 1.7],
    [2.5, 1.5],
    [3, 1.4],
  ],
  brightness: [0.1, 0.2, 0.3, 0.4, 0.5],
  contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
  pixelate: [0.6, 0.5, 0.4, 0.3, 0.25],
  motionBlur: [
    [10, 3],
    [15, 5],
    [15, 8],
    [15, 12],
    [20, 15],
  ],
  snow: [
    { mean: 0.1, deviation: 0.3, zoom: 3, threshold: 0.5, fall: [10, 4], kept: 0.8 },
    { mean: 0.2, deviation: 0.3, zoom: 2, threshold: 0.5, fall: [12, 4], kept: 0.7 },
    { mean: 0.55, deviation: 0.3, zoom: 4, threshold: 0.9, fall: [12, 8], kept: 0.7 },
    { mean: 0.55, deviation: 0.3, zoom: 4.5, threshold: 0.85, fall: [12, 8], kept: 0.65 },
    { mean: 0.55, deviation: 0.3, zoom: 2.5, threshold: 0.85, fall: [12, 12], kept: 0.55 },
  ],
  zoomBlur: [
    [0.01, 12],
    [0.01, 16],
    [0.02, 11],
    [0.02, 13],
    [0.03, 11],
  ],
  glassBlur: [
    [0.7, 1, 2],
    [0.9, 2, 1],
    [1, 2, 3],
    [1.1, 3, 2],
    [1.5, 4, 2],
  ],
  elasticTransform: [
    [488, 170.8, 24.4],
    [488, 19.52, 48.8],
    [12.2, 2.44, 4.88],
    [17.08, 2.44, 4.88],
    [29.28, 2.44, 4.88],
  ],
};

/** Benchmarks by the sides, in pixels, below which their constants are used. */
const benchmarks = [
  { below: 48, constants: cifar },
  { below: 128, constants: tinyImageNet },
  { below: Number.POSITIVE_INFINITY, constants: imageNet },
];

/**
 * What a severity means for images whose shorter side has so many pixels: the constants of the benchmark whose images are
 * nearest in size.
 *
 * Source: Hendrycks and Dietterich, arXiv 1903.12261, and the programs that made CIFAR-10-C, Tiny-ImageNet-C and ImageNet-C.
 */
export function findStrength(side: number, severity: number): Strength {
  const { constants } = benchmarks.find(({ below }) => side < below)!;
  const at = severity - 1;
  return {
    gaussianNoise: constants.gaussianNoise[at]!,
    shotNoise: constants.shotNoise[at]!,
    impulseNoise: constants.impulseNoise[at]!,
    gaussianBlur: constants.gaussianBlur[at]!,
    defocusBlur: constants.defocusBlur[at]!,
    fog: constants.fog[at]!,
    brightness: constants.brightness[at]!,
    contrast: constants.contrast[at]!,
    pixelate: constants.pixelate[at]!,
    motionBlur: constants.motionBlur[at]!,
    snow: constants.snow[at]!,
    zoomBlur: constants.zoomBlur[at]!,
    glassBlur: constants.glassBlur[at]!,
    elasticTransform: constants.elasticTransform[at]!,
  };
}
