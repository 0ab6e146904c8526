import type { Classification } from '@holdfast/proto/holdfast/serving/v1/serving';

/**
 * The best classes of each image.
 *
 *   similarity_c = <image, class_c>      probability_c = softmax_c(scale similarity_c)
 *
 * Shapes: `images` [n, d], `classifier` [names, d], rows normalised. Sums in float64. Of equal ones the first class leads.
 */
export function rankClasses(
  images: Float32Array,
  classifier: Float32Array,
  {
    names,
    scale,
    top,
  }: { readonly names: readonly string[]; readonly scale: number; readonly top: number },
): Classification[] {
  const size = classifier.length / names.length;
  return Array.from({ length: images.length / size }, (_, i) => {
    const image = images.subarray(i * size, (i + 1) * size);
    const similarities = names.map((_, c) => multiply(image, classifier, c * size));
    const highest = Math.max(...similarities);
    const weights = similarities.map((similarity) => Math.exp(scale * (similarity - highest)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const order = names
      .map((_, c) => c)
      .sort((a, b) => similarities[b]! - similarities[a]! || a - b);
    const scores = order.slice(0, top).map((c) => ({
      name: names[c]!,
      similarity: similarities[c]!,
      probability: weights[c]! / sum,
    }));
    return { scores };
  });
}

function multiply(image: Float32Array, classifier: Float32Array, start: number): number {
  let sum = 0;
  for (let j = 0; j < image.length; j += 1) sum += image[j]! * classifier[start + j]!;
  return sum;
}
