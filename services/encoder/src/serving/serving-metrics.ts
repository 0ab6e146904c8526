import { createCounter, createGauge } from '@holdfast/service-kit';
import type { BatchObserver } from './batch-queue.js';
import type { OnShadow } from './shadow.js';

/** What is told of serving. */
export interface ServingMetrics extends BatchObserver {
  readonly onShadow: OnShadow;
  /** Removes what is told of an alias. */
  readonly forgetAlias: (alias: string) => void;
}

type Registry = Parameters<typeof createCounter>[0];

/** Metrics that nobody reads. */
export const silentMetrics: ServingMetrics = {
  onBatch() {},
  onDropped() {},
  onShadow() {},
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
  return {
    // Counted where the engine takes them.
    onBatch() {},
    onDropped: (count) => dropped.inc(count),
    onShadow: (alias, outcome, count) => shadows.inc({ alias, outcome }, count),
    forgetAlias(alias) {
      for (const outcome of ['agreed', 'disagreed', 'skipped', 'failed']) {
        shadows.remove({ alias, outcome });
      }
    },
    onWaiting: (tokens) => waiting.set(tokens),
  };
}
