import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createCounter, createGauge, createHistogram } from './create-metrics.js';

it('registers a histogram that counts what it observes', async () => {
  const registry = new Registry();
  const wait = createHistogram(registry, {
    name: 'test_wait_seconds',
    help: 'A wait.',
    buckets: [1, 2],
  });
  expect(await registry.metrics()).toContain('test_wait_seconds_count 0');
  wait.observe(1.5);
  const text = await registry.metrics();
  expect(text).toContain('test_wait_seconds_bucket{le="1"} 0');
  expect(text).toContain('test_wait_seconds_bucket{le="2"} 1');
  expect(text).toContain('test_wait_seconds_sum 1.5');
});

it('gives all who ask for a name the same metric', async () => {
  const registry = new Registry();
  const settings = { name: 'test_calls_total', help: 'Calls.', labels: ['code'] } as const;
  createCounter(registry, settings).inc({ code: 'OK' });
  createCounter(registry, settings).inc({ code: 'OK' }, 2);
  createGauge(registry, { name: 'test_depth', help: 'Depth.' }).set(7);
  const text = await registry.metrics();
  expect(text).toContain('test_calls_total{code="OK"} 3');
  expect(text).toContain('test_depth 7');
});
