import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CallContext } from 'nice-grpc';
import { afterEach, expect, it, vi } from 'vitest';
import { createHealthService } from './create-health-service.js';
import { createReadiness } from './readiness.js';

afterEach(() => {
  vi.useRealTimers();
});

it('keeps nothing of the times that a watcher has looked', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const health = createHealthService([], createReadiness([]));
  health.setServing(true);
  const { signal } = new AbortController();
  const watch = health.implementation.watch({ service: '' }, { signal } as CallContext);
  const statuses = watch[Symbol.asyncIterator]();
  await statuses.next();
  const ended = statuses.next();
  const measure = async (looks: number) => {
    await vi.advanceTimersByTimeAsync(5000 * looks);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await measure(1000);
  const grown = (await measure(20_000)) - before;
  health.endWatches();
  expect(await ended).toMatchObject({ done: true });
  // What is kept of each, if something is, takes some hundred bytes.
  expect(grown / 20_000).toBeLessThan(50);
}, 60_000);
