import { createRandom } from '@holdfast/random';
import type { ParameterLayout } from './parameter-layout.js';

/**
 * Starts task-dependent heads: A ~ N(0, 1/width), B = 0, so that every head is W itself.
 *
 * The numbers are those of `createRandom(seed)`, in order. Without heads in the layout nothing happens.
 */
export function initializeHeads(
  layout: ParameterLayout,
  parameters: Float32Array,
  seed: number,
): void {
  const factor = layout.entries.find((entry) => entry.name === 'heads.A');
  if (factor === undefined) return;
  const deviation = 1 / Math.sqrt(factor.shape[1]!);
  const random = createRandom(seed);
  for (let i = 0; i < factor.size; i += 1) {
    parameters[factor.offset + i] = random.normal() * deviation;
  }
  const { offset, size } = layout.get('heads.B');
  parameters.fill(0, offset, offset + size);
}
