import type { RgbImage } from './rgb-image.js';

/** Luma of an image, 0 to 255, not rounded: rows from top to bottom, [height, width]. */
export interface GreyImage {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/**
 * Luma of an image, each value the mean of a block of `factor` x `factor` pixels; what is left over at the right and
 * at the bottom is left out.
 *
 *   Y = 0.299 R + 0.587 G + 0.114 B    ITU-R BT.601
 *
 * @param factor whole, at least 1 and at most the shorter side
 */
export function toGrey({ height, width, data }: RgbImage, factor = 1): GreyImage {
  const rows = Math.floor(height / factor);
  const columns = Math.floor(width / factor);
  const grey = new Float32Array(rows * columns);
  for (let row = 0; row < rows * factor; row += 1) {
    const to = Math.floor(row / factor) * columns;
    let from = 3 * row * width;
    for (let column = 0; column < columns * factor; column += 1, from += 3) {
      grey[to + Math.floor(column / factor)]! +=
        0.299 * data[from]! + 0.587 * data[from + 1]! + 0.114 * data[from + 2]!;
    }
  }
  const pixels = factor * factor;
  for (let at = 0; at < grey.length; at += 1) grey[at]! /= pixels;
  return { height: rows, width: columns, data: grey };
}

/** Mean luma over equal parts of an image, pixels at their edges shared out; [size, size]. */
export function averageParts(image: GreyImage, size: number): Float32Array {
  const columns = averageAlong(image.data, {
    count: image.width,
    stride: 1,
    lines: image.height,
    lineStride: image.width,
    size,
  });
  return averageAlong(columns, {
    count: image.height,
    stride: size,
    lines: size,
    lineStride: 1,
    size,
    transposed: true,
  });
}

interface Lines {
  /** Values of a line, how far they lie apart, how many lines there are, and how far those do. */
  readonly count: number;
  readonly stride: number;
  readonly lines: number;
  readonly lineStride: number;
  readonly size: number;
  /** Whether a line's results stand below one another. */
  readonly transposed?: boolean;
}

function averageAlong(
  data: Float32Array,
  { count, stride, lines, lineStride, size, transposed = false }: Lines,
): Float32Array {
  const output = new Float32Array(lines * size);
  const step = count / size;
  for (let line = 0; line < lines; line += 1) {
    for (let part = 0; part < size; part += 1) {
      const [start, end] = [part * step, (part + 1) * step];
      let sum = 0;
      for (let at = Math.floor(start); at < Math.min(count, Math.ceil(end)); at += 1) {
        const share = Math.min(end, at + 1) - Math.max(start, at);
        sum += share * data[line * lineStride + at * stride]!;
      }
      output[transposed ? part * lines + line : line * size + part] = sum / step;
    }
  }
  return output;
}
