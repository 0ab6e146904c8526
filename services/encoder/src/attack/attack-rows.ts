import { type AttackContext, attackPixels, countSlabImages } from './attack-pixels.js';
import type { RowsAttack } from './image-attack.js';

/** A batch whose images are attacked in part. */
export interface AttackedBatch {
  /** Indices in the sample table, of the whole batch. */
  readonly samples: readonly number[];
  /** [samples, 3, height, width], augmented where they are; the attacked ones are replaced. */
  readonly pixels: Float32Array;
}

/**
 * Replaces images of a batch by what attacks make of them, each attack's slab by slab. An image gets the same bits in whatever
 * batch, beside whatever others.
 *
 * @throws Fault `precondition` if training was not prepared with gradients of pixels.
 */
export async function attackRows(
  context: AttackContext,
  { samples, pixels }: AttackedBatch,
  attacks: readonly RowsAttack[],
): Promise<void> {
  const slab = countSlabImages(context.run);
  const size = pixels.length / samples.length;
  for (const { rows, ...attack } of attacks) {
    for (let start = 0; start < rows.length; start += slab) {
      const taken = rows.slice(start, start + slab);
      const original = new Float32Array(taken.length * size);
      for (const [i, row] of taken.entries()) {
        original.set(pixels.subarray(row * size, (row + 1) * size), i * size);
      }
      const attacked = await attackPixels(
        context,
        { samples: taken.map((row) => samples[row]!), original },
        { ...attack, labels: attack.labels.slice(start, start + slab) },
      );
      for (const [i, row] of taken.entries()) {
        pixels.set(attacked.subarray(i * size, (i + 1) * size), row * size);
      }
    }
  }
}
