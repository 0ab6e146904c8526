import { augmentAndNormalize } from './augment-and-normalize.js';
import type { Preprocessing } from './preprocessing.js';

/** What a black and a white pixel are in a channel of the model's input. */
export interface InputRange {
  readonly low: number;
  readonly high: number;
}

/** What values of 0 and of 255 become in each channel, the very bits of a plain image's. */
export function listInputRanges(preprocessing: Preprocessing): InputRange[] {
  const one = { ...preprocessing, cropHeight: 1, cropWidth: 1 };
  const fill = (value: number) => {
    const output = new Float32Array(3);
    augmentAndNormalize(new Uint8Array(3).fill(value), output, one);
    return output;
  };
  const white = fill(255);
  return Array.from(fill(0), (low, channel) => ({ low, high: white[channel]! }));
}
