import type { TextConfig, VisionConfig } from '@holdfast/clip';
import { createRandom } from '@holdfast/random';

/** Random normalised pixels, [count, 3, size, size]. */
export function drawImages({ imageSize }: VisionConfig, count: number): Float32Array {
  const random = createRandom(0, 1);
  return Float32Array.from({ length: count * 3 * imageSize ** 2 }, () => random.normal());
}

/** Random ids of texts of random lengths, each with an end token at its end, [count, context]. */
export function drawTexts(
  { contextLength, vocabularySize, eotPooling, eosTokenId }: TextConfig,
  count: number,
): Int32Array {
  const random = createRandom(0, 2);
  const end = eotPooling === 'argmax' ? vocabularySize - 1 : eosTokenId;
  const ids = new Int32Array(count * contextLength).fill(end);
  for (let row = 0; row < count; row += 1) {
    const words = 1 + random.integer(contextLength - 1);
    for (let i = 0; i < words; i += 1) {
      const id = random.integer(vocabularySize - 1);
      ids[row * contextLength + i] = id === end ? id + 1 : id;
    }
  }
  return ids;
}
