import { clampValue, mapValues, type PixelValues } from './pixel-values.js';

/**
 * HSV's value, the largest of red, green and blue, becomes min(V + c, 1) at the same hue and saturation: all three are
 * multiplied by what V is; black becomes grey.
 */
export function brighten({ height, width, data }: PixelValues, amount: number): PixelValues {
  const output = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const largest = Math.max(data[at]!, data[at + 1]!, data[at + 2]!);
    const brighter = clampValue(largest + amount);
    for (let c = at; c < at + 3; c += 1) {
      output[c] = largest === 0 ? brighter : (data[c]! * brighter) / largest;
    }
  }
  return { height, width, data: output };
}

/** y = clamp(m + c (x - m)), m the mean of the image's red, green or blue. */
export function reduceContrast(image: PixelValues, factor: number): PixelValues {
  const { height, width, data } = image;
  const means = [0, 1, 2].map((c) => {
    let sum = 0;
    for (let at = c; at < data.length; at += 3) sum += data[at]!;
    return sum / (height * width);
  });
  return mapValues(image, (value, place) => {
    const mean = means[place % 3]!;
    return clampValue(mean + factor * (value - mean));
  });
}
