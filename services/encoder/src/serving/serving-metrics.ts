import { createCounter, createGauge, createHistogram } from '@holdfast/service-kit';
import type { BatchObserver } from './batch-queue.js';
import type { ShadowObserver } from './shadow.js';

/** What is told of serving. */
export interface ServingMetrics extends BatchObserver, ShadowObserver {
  /** Removes what is told of an alias. */
  readonly forgetAlias: (alias: string) => void;
}

type Registry = Parameters<typeof createCounter>[0];

/** Metrics that nobody reads. */
export const silentMetrics: ServingMetrics = {
  onBatch() {},
  onDropped() {},
  onShadow() {},
  onCosine() {},
  forgetAlias() {},
  onWaiting() {},
};

/** Registers the metrics of serving. */
export function createServingMetrics(registry: Registry): ServingMetrics {
  const waiting = createGauge(registry, {
    name: 'holdfast_serving_waiting_tokens',
    help: 'Patches and tokens of requests that are taken on and not answered.',
  });
  const dropped = createCounter(registry, {
    name: 'holdfast_serving_dropped_rows_total',
    help: 'Images and texts that were not computed because their caller left.',
  });
  const shadows = createCounter(registry, {
    name: 'holdfast_shadow_images_total',
    help: 'Images that a shadow was asked for, by what came of it.',
    labels: ['alias', 'outcome'],
  });
  const cosines = createHistogram(registry, {
    name: 'holdfast_shadow_cosine',
    help: 'Cosine between the embeddings of an image or text by the version that answers and by its shadow.',
    labels: ['alias', 'kind'],
    buckets: [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1],
  });
  return {
    // Counted where the engine takes them.
    onBatch() {},
    onDropped: (count) => dropped.inc(count),
    onShadow: (alias, outcome, count) => shadows.inc({ alias, outcome }, count),
    onCosine: (alias, kind, cosine) => cosines.observe({ alias, kind }, cosine),
    forgetAlias(alias) {
      for (const kind of ['image', 'text']) cosines.remove({ alias, kind });
      for (const outcome of ['agreed', 'disagreed', 'skipped', 'failed']) {
        shadows.remove({ alias, outcome });
      }
    },
    onWaiting: (tokens) => waiting.set(tokens),
  };
}
