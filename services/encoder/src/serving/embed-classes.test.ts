import { expect, it, vi } from 'vitest';
import { embedClasses, weighClasses } from './embed-classes.js';
import type { ServedJob } from './served-job.js';
import type { ServedModel } from './served-model.js';

it('keeps the rows of classes, and not long prompts for them', async () => {
  const served = {
    classifiers: new Map<string, Float32Array>(),
    tokens: new Map<string, Int32Array>(),
    directory: {
      config: { projectionSize: 2, text: { contextLength: 4, eotPooling: 'argmax' } },
      tokenizer: { encode: (text: string) => Int32Array.of(text.length % 7, 9, 0, 0) },
    },
  } as unknown as ServedModel;
  const embed = vi.fn(async ({ texts }: ServedJob) => ({
    images: new Float32Array(),
    texts: Float32Array.from({ length: 2 * texts!.count }, (_, i) => i + 1),
    ...{ waitedMs: 0, computedMs: 0 },
  }));
  const queue = { embed, admit: () => expect.unreachable() };
  const classes = ['stop', 'yield'].map((name) => ({
    name,
    prompts: Array.from({ length: 50 }, (_, i) => `${name} ${i}`.repeat(1000)),
  }));
  const asked = { served, classes, signal: new AbortController().signal };
  const rows = await embedClasses(queue, asked);
  expect(rows).toHaveLength(4);
  expect(weighClasses(served, classes)).toBe(0);
  expect(await embedClasses(queue, asked)).toEqual(rows);
  expect(embed).toHaveBeenCalledOnce();
  for (const key of served.classifiers.keys()) expect(key.length).toBeLessThanOrEqual(300);
});
