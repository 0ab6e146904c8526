import type { ImageFeatures } from './compute-features.js';
import type { RunImages } from './run-images.js';

/** What stands in for a run's pixels where the vision tower does not train: there is nothing to make. */
export function createFeatureImages({ rows, size }: ImageFeatures): RunImages {
  return {
    announce: () => true,
    async take({ samples }, { start, count }) {
      const features = new Float32Array(count * size);
      for (let i = 0; i < count; i += 1) {
        const from = samples[start + i]! * size;
        features.set(rows.subarray(from, from + size), i * size);
      }
      return { count, features };
    },
    forgetBefore() {},
    giveBack() {},
  };
}
