import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { Registry } from '@holdfast/service-kit';
import { expect, it } from 'vitest';
import { createReplicaCounter } from './count-replica-images.js';

it('counts the images that an encoder answered for, of many replicas the last ones together', async () => {
  const registry = new Registry();
  const count = createReplicaCounter(registry);
  const answers = { encode: async () => ({}) } as unknown as EncoderServiceClient;
  const refuses = { encode: () => Promise.reject(new Error('lost')) } as unknown as typeof answers;
  await count(answers, 'a:1').encode({ images: { samples: [3, 4, 5] } });
  await count(refuses, 'a:1')
    .encode({ images: { samples: [6] } })
    .catch(() => {});
  for (let i = 0; i < 1000; i += 1)
    await count(answers, `b:${i}`).encode({ images: { samples: [1] } });
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('holdfast_replica_images_total{replica="a:1"} 3');
  expect(lines).toContain('holdfast_replica_images_total{replica="other"} 745');
  expect(lines.filter((line) => line.startsWith('holdfast_replica_images'))).toHaveLength(257);
});
