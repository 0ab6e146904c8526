import type { RgbImage } from './rgb-image.js';

/**
 * Turns an image about its centre, counter-clockwise, its size kept: bilinear, what comes in from outside
 * black, bit for bit as Pillow's `rotate(degrees, BILINEAR, fillcolor=0)`, which torchvision calls.
 *
 * Source: Pillow, `Image.rotate` and `Geometry.c`, `affine_transform` and `bilinear_filter32RGB`.
 */
export function rotateBilinear({ height, width, data }: RgbImage, degrees: number): RgbImage {
  const angle = (-degrees * Math.PI) / 180;
  const cosine = roundTo15(Math.cos(angle));
  const sine = roundTo15(Math.sin(angle));
  const [centerX, centerY] = [width / 2, height / 2];
  const offsetX = cosine * -centerX + sine * -centerY + centerX;
  const offsetY = -sine * -centerX + cosine * -centerY + centerY;
  const output = new Uint8Array(data.length);
  for (let row = 0, to = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, to += 3) {
      const x = cosine * (column + 0.5) + sine * (row + 0.5) + offsetX;
      const y = -sine * (column + 0.5) + cosine * (row + 0.5) + offsetY;
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const left = Math.floor(x - 0.5);
      const top = Math.floor(y - 0.5);
      const across = x - 0.5 - left;
      const down = y - 0.5 - top;
      const near = 3 * Math.max(left, 0);
      const far = 3 * Math.min(left + 1, width - 1);
      const above = 3 * width * Math.max(top, 0);
      const below = 3 * width * Math.min(top + 1, height - 1);
      for (let c = 0; c < 3; c += 1) {
        const upper = blend(data[above + near + c]!, data[above + far + c]!, across);
        const lower = blend(data[below + near + c]!, data[below + far + c]!, across);
        output[to + c] = blend(upper, lower, down) | 0;
      }
    }
  }
  return { height, width, data: output };
}

function blend(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function roundTo15(value: number): number {
  return Number(value.toFixed(15));
}
