import type { PixelValues } from './pixel-values.js';

/**
 * Fewer pixels, brought back to as many: each the mean of the pixels whose middle it covers, in 8 bits, as Pillow's
 * `resize(..., BOX)` has it.
 *
 * @param share of each side, rounded down to whole pixels; at least one is left
 */
export function pixelate(image: PixelValues, share: number): PixelValues {
  const { height, width } = image;
  const fewer = {
    height: Math.max(1, Math.trunc(height * share)),
    width: Math.max(1, Math.trunc(width * share)),
  };
  return resizeBox(resizeBox(image, fewer), { height, width });
}

function resizeBox(
  image: PixelValues,
  { height, width }: { readonly height: number; readonly width: number },
): PixelValues {
  return resizeRows(resizeColumns(image, width), height);
}

function resizeColumns(image: PixelValues, width: number): PixelValues {
  const { height, data } = image;
  const boxes = listBoxes(image.width, width);
  const output = new Float64Array(height * width * 3);
  for (let to = 0; to < output.length; to += 1) {
    const pixel = Math.floor(to / 3);
    const { start, count } = boxes[pixel % width]!;
    const first = 3 * (Math.floor(pixel / width) * image.width + start) + (to % 3);
    output[to] = averageBytes(data, { first, count, stride: 3 });
  }
  return { height, width, data: output };
}

function resizeRows(image: PixelValues, height: number): PixelValues {
  const { width, data } = image;
  const boxes = listBoxes(image.height, height);
  const stride = 3 * width;
  const output = new Float64Array(height * stride);
  for (let to = 0; to < output.length; to += 1) {
    const { start, count } = boxes[Math.floor(to / stride)]!;
    output[to] = averageBytes(data, { first: start * stride + (to % stride), count, stride });
  }
  return { height, width, data: output };
}

/** The inputs whose middles lie in each output's share of the line. */
function listBoxes(inputs: number, outputs: number): { start: number; count: number }[] {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: outputs }, (_, i) => {
    const center = (i + 0.5) * scale;
    const covered = Array.from({ length: inputs }, (_, k) => k).filter((k) => {
      const distance = (k + 0.5 - center) / stretch;
      return distance > -0.5 && distance <= 0.5;
    });
    return { start: covered[0]!, count: covered.length };
  });
}

/** The mean of values that lie `stride` apart, rounded to 8 bits. */
function averageBytes(
  data: Float64Array,
  { first, count, stride }: { first: number; count: number; stride: number },
): number {
  let sum = 0;
  for (let k = 0; k < count; k += 1) sum += Math.round(255 * data[first + k * stride]!);
  return Math.floor(sum / count + 0.5) / 255;
}
