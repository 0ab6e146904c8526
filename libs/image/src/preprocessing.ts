import { createHash } from 'node:crypto';

/** A number for each of red, green and blue. */
export type ChannelTriple = readonly [number, number, number];

/**
 * How an image becomes numbers, as Hugging Face's CLIPImageProcessor does it: to RGB, bicubic resize
 * so that the shorter edge has `shortestEdge` pixels, centre crop, times `rescaleFactor`, minus
 * `mean`, over `std`.
 */
export interface Preprocessing {
  /** Without it images must already have at least the crop's size. */
  readonly doResize: boolean;
  /** Pixels of the shorter edge after resizing. */
  readonly shortestEdge: number;
  readonly cropHeight: number;
  readonly cropWidth: number;
  readonly doRescale: boolean;
  /** What 8-bit values are multiplied by. */
  readonly rescaleFactor: number;
  readonly doNormalize: boolean;
  readonly mean: ChannelTriple;
  readonly std: ChannelTriple;
}

/** Identity of how images become pixels and numbers: sha256 in hexadecimal. */
export function hashPreprocessing(preprocessing: Preprocessing): string {
  const { doResize, shortestEdge, cropHeight, cropWidth } = preprocessing;
  const { doRescale, rescaleFactor, doNormalize, mean, std } = preprocessing;
  // Field by field, so that the order in which an object was built does not matter.
  const fields = [
    ['resample', doResize ? 'bicubic' : 'none', doResize ? shortestEdge : 0],
    ['crop', cropHeight, cropWidth],
    ['rescale', doRescale ? rescaleFactor : 1],
    ['normalize', ...(doNormalize ? [mean, std] : [])],
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
