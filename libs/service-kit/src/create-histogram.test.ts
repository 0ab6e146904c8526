import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createHistogram } from './create-histogram.js';

it('counts observations by upper bound in the registry', async () => {
  const registry = new Registry();
  const histogram = createHistogram(registry, {
    name: 'wait_seconds',
    help: 'Waited.',
    buckets: [0.1, 1],
  });
  expect(await registry.metrics()).toContain('wait_seconds_count 0');
  for (const seconds of [0.05, 0.5, 5]) histogram.observe(seconds);
  const text = await registry.metrics();
  expect(text).toContain('wait_seconds_bucket{le="0.1"} 1');
  expect(text).toContain('wait_seconds_bucket{le="1"} 2');
  expect(text).toContain('wait_seconds_sum 5.55');
});
