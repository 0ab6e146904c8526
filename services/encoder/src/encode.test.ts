import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@holdfast/fault';
import { EncodeRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { expect, it, onTestFinished } from 'vitest';
import { createEncode } from './encode.js';
import type { EncoderRun, RunStore } from './encoder-run.js';
import { openedWeights } from './test-support/create-run-fixture.js';

it('embeds no further slab for a caller who left, and all for one who comes again', async () => {
  // Of images so large each is a slab of its own.
  const preprocessing = { cropHeight: 4096, cropWidth: 4096 };
  const pixels = {
    async take(_: unknown, { start, count }: { start: number; count: number }) {
      if (start === 2 && slabs < 3) throw new Fault('unavailable', 'cannot be read (EIO)');
      return { count, pixels: new Float32Array() };
    },
  };
  const run = {
    settings: { trainable: { scope: 'none' } },
    directory: { preprocessing, config: { projectionSize: 1 } },
    loaded: { imageChunkSize: 1 },
    training: {},
    samples: { value: { table: { samples: [0, 1, 2] }, unusable: new Set(), pixels } },
  };
  const store = { get: async () => run as unknown as EncoderRun } as unknown as RunStore;
  const caller = new AbortController();
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  onTestFinished(() => void process.off('unhandledRejection', onUnhandled));
  let slabs = 0;
  const engine = {
    async encode() {
      slabs += 1;
      if (slabs === 2) {
        caller.abort();
        await sleep(10);
        caller.signal.throwIfAborted();
      }
      return { imageEmbeddings: new Float32Array(1) };
    },
  };
  const encode = createEncode(store, () => engine as never);
  const request = EncodeRequest.fromPartial({
    parameters: openedWeights,
    images: { samples: [0, 1, 2] },
  });
  await expect(encode(request, { signal: caller.signal })).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
  expect(slabs).toBe(2);
  await sleep(10);
  expect(unhandled).toEqual([]);
  expect((await encode(request)).imageEmbeddings?.shape).toEqual([3, 1]);
});
