import { createRandom, type Random } from '@holdfast/random';
import { drawPlasma } from './fog.js';
import { clampValue, mapValues, type PixelValues } from './pixel-values.js';

/**
 * An image that shows nothing in particular, made of another's pixels: what two models answer to such images tells them apart, and
 * nobody has to have photographs of what they know (arXiv 2112.00725, 2106.05963).
 */
export interface Synthetic {
  readonly name: 'synthetic';
  /** An integer in [0, 2^32); another number makes another image of the same pixels. */
  readonly number: number;
}

/** Of the generator that synthetic images are drawn from: no corruption's place in its list. */
const stream = 2 ** 16;

/** A rectangle of pixels, or of places between them. */
interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Makes a synthetic image. One of four is drawn, each as often: two parts of the image laid over one another; a patchwork of
 * 2 x 2 or 4 x 4 of its parts; a part enlarged by 2 to 5; noise in which no size stands out, half of the time laid over the image. Then its
 * colours are changed ({@link changeColours}).
 *
 * @param seed an integer in [0, 2^32), of the image
 */
export function synthesise(image: PixelValues, number: number, seed: number): PixelValues {
  const random = createRandom(seed, stream, number);
  return changeColours(drawScene(image, random), random);
}

function drawScene(image: PixelValues, random: Random): PixelValues {
  switch (random.integer(4)) {
    case 0:
      return overlay(image, drawPart(image, between(random, 0.4, 1), random), random);
    case 1:
      return drawPatchwork(image, random.integer(2) === 0 ? 2 : 4, random);
    case 2:
      return drawPart(image, between(random, 0.2, 0.5), random);
    default: {
      const noise = drawNoise(image, random);
      return random.uniform() < 0.5 ? noise : overlay(image, noise, random);
    }
  }
}

/** A random part of an image, `share` of its height and width, mirrored or turned at random and enlarged to the image's size. */
function drawPart(image: PixelValues, share: number, random: Random): PixelValues {
  const { height, width } = image;
  const output = { height, width, data: new Float64Array(image.data.length) };
  copyPart(image, share, { to: output, box: { top: 0, left: 0, height, width }, random });
  return output;
}

/** cells x cells random parts of an image, each of a cell's size. */
function drawPatchwork(image: PixelValues, cells: number, random: Random): PixelValues {
  const { height, width } = image;
  const output = { height, width, data: new Float64Array(image.data.length) };
  const edges = (size: number) =>
    Array.from({ length: cells + 1 }, (_, i) => Math.round((i * size) / cells));
  const [rows, columns] = [edges(height), edges(width)];
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) {
      const [top, left] = [rows[row]!, columns[column]!];
      const box = { top, left, height: rows[row + 1]! - top, width: columns[column + 1]! - left };
      copyPart(image, 1 / cells, { to: output, box, random });
    }
  }
  return output;
}

/** Fills a box of `to` with a random part of an image, bilinearly. */
function copyPart(
  { height, width, data }: PixelValues,
  share: number,
  { to, box, random }: { readonly to: PixelValues; readonly box: Box; readonly random: Random },
): void {
  const part = { height: share * height, width: share * width };
  const top = between(random, 0, height - part.height);
  const left = between(random, 0, width - part.width);
  const [isTurned, isDown, isBack] = [random, random, random].map(() => random.integer(2) === 1);
  for (let y = 0; y < box.height; y += 1) {
    for (let x = 0; x < box.width; x += 1) {
      const [v, u] = [(y + 0.5) / box.height, (x + 0.5) / box.width];
      const [a, b] = isTurned ? [u, v] : [v, u];
      const down = axisPlace(top + part.height * (isDown ? 1 - a : a), height);
      const right = axisPlace(left + part.width * (isBack ? 1 - b : b), width);
      const at = ((box.top + y) * to.width + box.left + x) * 3;
      for (let c = 0; c < 3; c += 1) {
        const value = (row: number, column: number) => data[(row * width + column) * 3 + c]!;
        const above = mix(value(down.first, right.first), value(down.first, right.second), right);
        const below = mix(value(down.second, right.first), value(down.second, right.second), right);
        to.data[at + c] = mix(above, below, down);
      }
    }
  }
}

/** Two neighbouring pixels of a line, and how far from the first to the second. */
interface Neighbours {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** Around a place of a line of pixels, whose middles lie at 0.5, 1.5, ... */
function axisPlace(place: number, size: number): Neighbours {
  const inside = Math.min(Math.max(place - 0.5, 0), size - 1);
  const first = Math.floor(inside);
  return { first, second: Math.min(first + 1, size - 1), share: inside - first };
}

function mix(first: number, second: number, { share }: Pick<Neighbours, 'share'>): number {
  return first + share * (second - first);
}

/** l x + (1 - l) y, l uniform in [0.3, 0.7). */
function overlay(x: PixelValues, y: PixelValues, random: Random): PixelValues {
  const share = between(random, 0.3, 0.7);
  return mapValues(x, (value, place) => share * value + (1 - share) * y.data[place]!);
}

/** Plasma of each colour, of which 0.6 is common to all, in [0, 1]. */
function drawNoise({ height, width }: PixelValues, random: Random): PixelValues {
  const side = 2 ** Math.ceil(Math.log2(Math.max(height, width, 2)));
  const decay = between(random, 1, 1.3);
  const [common, ...colours] = Array.from({ length: 4 }, () => drawPlasma(side, decay, random));
  const noise = { height, width, data: new Float64Array(3 * height * width) };
  return mapValues(noise, (_, place) => {
    const pixel = Math.floor(place / 3);
    const at = Math.floor(pixel / width) * side + (pixel % width);
    return 0.4 * colours[place % 3]![at]! + 0.6 * common![at]!;
  });
}

/**
 * y = clamp(b + g + s (x - m) / d), m a colour's mean, d the standard deviation of all values from these: 7 times in 10 colours change
 * places before, 3 in 10 they are inverted; the brightness b is in [0.25, 0.75), g, of each colour, in [-0.15, 0.15), and the contrast s in [0.1, 0.3).
 */
function changeColours(image: PixelValues, random: Random): PixelValues {
  const places = [0, 1, 2];
  if (random.uniform() < 0.7) random.shuffle(places);
  const sign = random.uniform() < 0.3 ? -1 : 1;
  const moved = mapValues(
    image,
    (_, place) => sign * image.data[place - (place % 3) + places[place % 3]!]!,
  );
  const pixels = image.height * image.width;
  const means = [0, 0, 0];
  for (const [place, value] of moved.data.entries()) means[place % 3]! += value / pixels;
  const centred = mapValues(moved, (value, place) => value - means[place % 3]!);
  const variance = centred.data.reduce((sum, value) => sum + value ** 2, 0) / (3 * pixels);
  const brightness = between(random, 0.25, 0.75);
  const middles = places.map(() => brightness + between(random, -0.15, 0.15));
  // An image of one colour stays one.
  const scale = between(random, 0.1, 0.3) / Math.sqrt(Math.max(variance, 1e-6));
  return mapValues(centred, (value, place) => clampValue(middles[place % 3]! + scale * value));
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}
