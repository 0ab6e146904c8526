import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import { createLocalEngine } from '../engine-core.js';
import { createEngine } from './create-engine.js';

const path = fileURLToPath(new URL('../../../testing/golden/gtsrb-speed80', import.meta.url));
const built = existsSync(new URL('../../dist/worker/engine-thread.js', import.meta.url));
const batch = () => ({ count: 3, pixels: new Float32Array(3 * 3072).map((_, i) => Math.sin(i)) });

describe.skipIf(!built)('an engine in a thread of its own', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ threads: 1 });
    await engine.openModel({ runId: 'a', path });
    await engine.prepareEncoding({ runId: 'a', imageChunkSize: 2, textChunkSize: 2 });
  });
  afterAll(() => engine.close());

  it('answers the bits that an engine on this thread answers', async () => {
    const local = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 30 });
    await local.openModel({ runId: 'a', path });
    await local.prepareEncoding({ runId: 'a', imageChunkSize: 2, textChunkSize: 2 });
    const request = { runId: 'a', step: 0, array: 'parameters' as const, retain: false };
    const there = await engine.encode({ ...request, images: batch() });
    const here = await local.encode({ ...request, images: batch() });
    expect(there.imageEmbeddings).toEqual(here.imageEmbeddings);
    expect(engine.description).toEqual(local.description);
    expect(engine.id).not.toBe(local.id);
  });

  it('leaves the event loop free while it computes', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const images = { count: 2000, pixels: new Float32Array(2000 * 3072) };
    await engine.encode({ runId: 'a', step: 0, array: 'parameters', images, retain: false });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it('passes faults with their kind through', async () => {
    await expect(engine.backpropagate({ runId: 'a', step: 7 })).rejects.toMatchObject({
      name: 'Fault',
      kind: 'not-retained',
    });
    await expect(engine.readVersion({ runId: 'b', array: 'average' })).rejects.toMatchObject({
      kind: 'not-open',
    });
  });

  it('fails calls after its end instead of leaving them waiting', async () => {
    const other = await createEngine({ threads: 1 });
    expect(() => other.requireAlive()).not.toThrow();
    await other.close();
    expect(() => other.requireAlive()).toThrow("the engine's thread has ended");
    await expect(other.closeRun({ runId: 'a' })).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
