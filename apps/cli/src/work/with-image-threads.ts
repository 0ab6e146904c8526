import type { ImageThreads } from '@holdfast/evaluation';

/** Below this, starting threads costs more than they gain. */
const threadedImagesMin = 200;

/** Does work on images with threads of their own, where they are many. */
export async function withImageThreads<T>(
  imageCount: number,
  work: (threads: ImageThreads | undefined) => Promise<T>,
): Promise<T> {
  if (imageCount < threadedImagesMin) return work(undefined);
  const { createImagePool, defaultImageWorkers } = await import('@holdfast/encoder');
  const pool = createImagePool(defaultImageWorkers());
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
