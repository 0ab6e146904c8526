import { createRandom } from '@holdfast/random';
import type { ParameterLayout } from './parameter-layout.js';

/** Keeps the numbers of adapters apart from those of heads under the same seed. */
const adapterStream = 1;

/**
 * Starts low-rank adapters: A ~ N(0, 1/inputs), B = 0, so that every weight is W itself.
 *
 * The numbers are those of one stream of the seed, in the layout's order. Without adapters in the layout
 * nothing happens.
 */
export function initializeAdapters(
  { entries }: ParameterLayout,
  parameters: Float32Array,
  seed: number,
): void {
  const random = createRandom(seed, adapterStream);
  for (const { name, shape, offset, size } of entries) {
    if (name.endsWith('.adapter.B')) parameters.fill(0, offset, offset + size);
    if (!name.endsWith('.adapter.A')) continue;
    const deviation = 1 / Math.sqrt(shape[1]!);
    for (let i = 0; i < size; i += 1) parameters[offset + i] = random.normal() * deviation;
  }
}
