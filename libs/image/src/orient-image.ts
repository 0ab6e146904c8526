import type { RgbImage } from './rgb-image.js';

/**
 * Turns an image upright: what Pillow's `exif_transpose` does for an orientation.
 *
 *   2 mirrored, 3 turned by 180 degrees, 4 mirrored upside down, 5 transposed, 6 turned by 90 degrees
 *   clockwise to stand right, 7 transposed across the other diagonal, 8 turned by 90 degrees anticlockwise
 *
 * Every other number leaves it as it is.
 */
export function orientImage(image: RgbImage, orientation: number): RgbImage {
  if (orientation < 2 || orientation > 8) return image;
  const { height, width, data } = image;
  const isTransposed = orientation >= 5;
  const [rows, columns] = isTransposed ? [width, height] : [height, width];
  const output = new Uint8Array(data.length);
  // Where a row and a column of the output begin in the input, and which way they go.
  const isMirrored = [2, 3, 6, 7].includes(orientation);
  const isUpsideDown = [3, 4, 7, 8].includes(orientation);
  for (let row = 0, to = 0; row < rows; row += 1) {
    const r = isUpsideDown ? rows - 1 - row : row;
    for (let column = 0; column < columns; column += 1, to += 3) {
      const c = isMirrored ? columns - 1 - column : column;
      const from = 3 * (isTransposed ? c * width + r : r * width + c);
      output[to] = data[from]!;
      output[to + 1] = data[from + 1]!;
      output[to + 2] = data[from + 2]!;
    }
  }
  return { height: rows, width: columns, data: output };
}
