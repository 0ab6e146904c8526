import type { Augmentation, RandomResizedCrop } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { ViolationCollector } from '@holdfast/service-kit';
import type { EncoderRun } from './encoder-run.js';

/** The run of a request, and what is wrong with the request. */
export interface ParseContext {
  readonly run: EncoderRun;
  readonly violations: ViolationCollector;
}

/** Notes what is wrong with an augmentation of a run's images. */
export function checkAugmentation(
  { shiftPixels, contrast, brightness, rotationDegrees, crop }: Augmentation,
  field: string,
  { run, violations }: ParseContext,
): void {
  const { cropHeight, cropWidth } = run.directory.preprocessing;
  const edge = Math.min(cropHeight, cropWidth);
  violations.require(
    shiftPixels < edge,
    `${field}.shift_pixels`,
    `is ${shiftPixels}; an image's edge is ${edge}`,
  );
  for (const [name, value, largest] of [
    ['contrast', contrast, 1],
    ['brightness', brightness, 255],
    ['rotation_degrees', rotationDegrees, 180],
  ] as const) {
    violations.require(
      value >= 0 && value <= largest,
      `${field}.${name}`,
      `is ${value}, not in [0, ${largest}]`,
    );
  }
  if (crop) checkCrop(crop, `${field}.crop`, violations);
}

function checkCrop(
  { scaleMin, scaleMax, ratioMin, ratioMax }: RandomResizedCrop,
  field: string,
  violations: ViolationCollector,
): void {
  violations.require(
    scaleMin > 0 && scaleMin <= scaleMax && scaleMax <= 1,
    `${field}.scale_max`,
    `the share of the area is from ${scaleMin} to ${scaleMax}, not within (0, 1]`,
  );
  violations.require(
    ratioMin >= 0.01 && ratioMin <= ratioMax && ratioMax <= 100,
    `${field}.ratio_max`,
    `width over height is from ${ratioMin} to ${ratioMax}, not within [0.01, 100]`,
  );
}
