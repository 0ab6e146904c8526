import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges that are named like counters; each also stands there by type, without the suffix. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Adds what every process has to say of itself: processor, memory, heap, garbage collection, lag of the event loop. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
