import type { Engine } from '@holdfast/engine';
import { createHistogram, type ServiceContext } from '@holdfast/service-kit';

/** An engine whose batches are counted as it takes them, in `holdfast_batch_items`. */
export function countBatches(engine: Engine, registry: ServiceContext['registry']): Engine {
  const items = createHistogram(registry, {
    name: 'holdfast_batch_items',
    help: 'Images or texts that the engine embedded at once, for a training step or for an answer.',
    labels: ['kind', 'use'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096],
  });
  return {
    ...engine,
    async encode(request) {
      const encoded = await engine.encode(request);
      const use = request.retain ? 'training' : 'answer';
      if (request.images) items.observe({ kind: 'images', use }, request.images.count);
      if (request.texts) items.observe({ kind: 'texts', use }, request.texts.count);
      return encoded;
    },
  };
}
