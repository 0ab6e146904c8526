import { drawUnitRows } from '@holdfast/tensor';
import type { TargetBatch } from '../contrastive-objective.js';

/** Eight pairs over five captions, three of them shared. */
export function randomBatch(seed: number): TargetBatch {
  const captions = [0, 1, 2, 0, 3, 1, 4, 0];
  return {
    imageEmbeddings: drawUnitRows(captions.length, 6, seed, 0.5),
    textEmbeddings: drawUnitRows(5, 6, seed + 1, 0.5),
    captions,
    samples: [5, 3, 9, 11, 2, 40, 7, 8],
    positives: captions.map((caption) => caption === 0),
  };
}
