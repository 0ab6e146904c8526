import { createRandom, type Random } from '@holdfast/random';
import { reflect } from './border.js';
import { drawPlasma } from './fog.js';
import { clampValue, mapValues, type PixelValues } from './pixel-values.js';
import { sampleAt } from './sample-at.js';

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

/**
 * Makes a synthetic image. One of four is drawn, each as often: the image and a part of it laid over one another; a patchwork of
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
    case 0: {
      const part = drawParts(image, { cells: 1, share: between(random, 0.4, 1) }, random);
      return overlay(image, part, random);
    }
    case 1: {
      const cells = random.integer(2) === 0 ? 2 : 4;
      return drawParts(image, { cells, share: 1 / cells }, random);
    }
    case 2:
      return drawParts(image, { cells: 1, share: between(random, 0.2, 0.5) }, random);
    default: {
      const noise = drawNoise(image, random);
      return random.uniform() < 0.5 ? noise : overlay(image, noise, random);
    }
  }
}

/**
 * Fills each of cells x cells, row by row, with a random part of an image: `share` of its height and width, mirrored or turned at random, and
 * bilinear.
 */
function drawParts(
  image: PixelValues,
  { cells, share }: { readonly cells: number; readonly share: number },
  random: Random,
): PixelValues {
  const { height, width } = image;
  const places = { xs: new Float64Array(height * width), ys: new Float64Array(height * width) };
  const edge = (cell: number, size: number) => Math.round((cell * size) / cells);
  for (let cell = 0; cell < cells * cells; cell += 1) {
    const [row, column] = [Math.floor(cell / cells), cell % cells];
    const top = edge(row, height);
    const left = edge(column, width);
    const [rows, columns] = [edge(row + 1, height) - top, edge(column + 1, width) - left];
    const placeOf = drawPlacement(image, share, random);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        const at = (top + y) * width + left + x;
        [places.ys[at], places.xs[at]] = placeOf((y + 0.5) / rows, (x + 0.5) / columns);
      }
    }
  }
  return { height, width, data: sampleAt(image, places, reflect) };
}

/** Where a random part of an image has what stands at shares (down, right) of its own height and width: a place among the middles of pixels. */
function drawPlacement({ height, width }: PixelValues, share: number, random: Random) {
  const part = { height: share * height, width: share * width };
  const top = between(random, 0, height - part.height);
  const left = between(random, 0, width - part.width);
  const [isTurned, isDown, isBack] = [random, random, random].map(() => random.integer(2) === 1);
  const inside = (place: number, size: number) => Math.min(Math.max(place - 0.5, 0), size - 1);
  return (down: number, right: number): [y: number, x: number] => {
    const [a, b] = isTurned ? [right, down] : [down, right];
    return [
      inside(top + part.height * (isDown ? 1 - a : a), height),
      inside(left + part.width * (isBack ? 1 - b : b), width),
    ];
  };
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
