import { clampValue, mapValues, type PixelValues, type ValueGrid } from './pixel-values.js';

/** Factors 1, 1 + step, ... */
export type Zooms = readonly [step: number, count: number];

/** What a lens leaves that zooms in while the image is taken: the mean of the image and of it enlarged by each factor, 1 among them. */
export function blurZoom(image: PixelValues, [step, count]: Zooms): PixelValues {
  // The benchmarks' factors are those of numpy's arange, down to how a product such as 26 * 1.25 = 32.5 is rounded.
  const difference = 1 + step - 1;
  const sum = image.data.slice();
  for (let i = 0; i < count; i += 1) {
    const { data } = enlarge(image, 1 + i * difference);
    for (let at = 0; at < sum.length; at += 1) sum[at]! += data[at]!;
  }
  return mapValues({ ...image, data: sum }, (value) => clampValue(value / (count + 1)));
}

/** The middle of an image, enlarged to the image's size by {@link placeEnlarged} on each axis. */
export function enlarge({ height, width, data }: ValueGrid, factor: number): ValueGrid {
  const channels = data.length / (height * width);
  const rows = placeEnlarged(height, factor);
  const columns = placeEnlarged(width, factor);
  const output = new Float64Array(data.length);
  for (let y = 0, to = 0; y < height; y += 1) {
    const { first, second, share: down } = rows[y]!;
    const [top, bottom] = [first * width, second * width];
    for (let x = 0; x < width; x += 1) {
      const { first: left, second: right, share } = columns[x]!;
      for (let c = 0; c < channels; c += 1, to += 1) {
        const above = mix(data, (top + left) * channels + c, (top + right) * channels + c, share);
        const below = mix(
          data,
          (bottom + left) * channels + c,
          (bottom + right) * channels + c,
          share,
        );
        output[to] = above + down * (below - above);
      }
    }
  }
  return { height, width, data: output };
}

/** A place between two values, at a share of the way. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/**
 * Where each of n values of a line comes from that is enlarged by z: the c = ceil(n / z) values of its middle, of which SciPy's
 * `zoom` makes m = round(c z) (halves to even), first to first and last to last, in between linearly; n of their middle are kept.
 */
function placeEnlarged(size: number, factor: number): Between[] {
  const kept = Math.ceil(size / factor);
  const top = Math.floor((size - kept) / 2);
  const made = roundToEven(kept * factor);
  const trim = Math.floor((made - size) / 2);
  return Array.from({ length: size }, (_, i) => {
    const place = made === 1 ? 0 : ((i + trim) * (kept - 1)) / (made - 1);
    const first = Math.floor(place);
    return {
      first: top + first,
      second: top + Math.min(first + 1, kept - 1),
      share: place - first,
    };
  });
}

function mix(data: Float64Array, first: number, second: number, share: number): number {
  const value = data[first]!;
  return value + share * (data[second]! - value);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor + (floor % 2);
}
