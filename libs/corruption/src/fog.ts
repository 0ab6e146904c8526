import type { Random } from '@holdfast/random';
import { clampValue, mapValues, type PixelValues } from './pixel-values.js';

/** How far the coarsest values of a plasma are moved. */
const wibbleStart = 100;

type Neighbours = readonly (readonly [down: number, right: number])[];
const corners: Neighbours = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
];
const ends: Neighbours = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
];

/**
 * y = clamp((x + t p) m / (m + t)), m the image's largest value, t how thick the fog is, p its structure
 * ({@link drawPlasma}).
 */
export function addFog(
  image: PixelValues,
  [thickness, decay]: readonly [thickness: number, decay: number],
  random: Pick<Random, 'uniform'>,
): PixelValues {
  const { height, width, data } = image;
  const side = 2 ** Math.ceil(Math.log2(Math.max(height, width, 2)));
  const plasma = drawPlasma(side, decay, random);
  const largest = data.reduce((a, b) => Math.max(a, b), 0);
  const scale = largest / (largest + thickness);
  return mapValues(image, (value, place) => {
    const pixel = Math.floor(place / 3);
    const density = plasma[Math.floor(pixel / width) * side + (pixel % width)]!;
    return clampValue((value + thickness * density) * scale);
  });
}

/**
 * A plasma fractal by the diamond-square algorithm, which wraps around, its smallest value 0 and its largest 1.
 *
 * At the step s = side, side / 2, ..., 2: the middle of every square of corners s apart becomes their mean plus w u, u
 * uniform in [-w, w]; then so do the middles of the squares' edges, of the two ends and the two middles beside them, first
 * of horizontal edges, then of vertical ones; w begins with 100 and is divided by `decay`. Numbers are drawn row by row.
 *
 * @param side a power of two
 * @returns [side, side]
 */
export function drawPlasma(
  side: number,
  decay: number,
  random: Pick<Random, 'uniform'>,
): Float64Array {
  const map = new Float64Array(side * side);
  const read = (row: number, column: number) =>
    map[((row + side) % side) * side + ((column + side) % side)]!;
  let wibble = wibbleStart;
  for (let half = side / 2; half >= 1; half /= 2) {
    /** Moves points that lie 2 half apart, of which the first is here, by what stands around them. */
    const move = (top: number, left: number, around: Neighbours) => {
      for (let row = top; row < side; row += 2 * half) {
        for (let column = left; column < side; column += 2 * half) {
          let sum = 0;
          for (const [down, right] of around) sum += read(row + half * down, column + half * right);
          const uniform = wibble * (2 * random.uniform() - 1);
          map[row * side + column] = sum / 4 + wibble * uniform;
        }
      }
    };
    move(half, half, corners);
    move(0, half, ends);
    move(half, 0, ends);
    wibble /= decay;
  }
  const smallest = map.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const largest = map.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return map.map((value) => (value - smallest) / (largest - smallest));
}
