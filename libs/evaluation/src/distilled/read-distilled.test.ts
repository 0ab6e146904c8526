import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planSchema } from '@holdfast/plan';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDistilled, withoutUnreadable } from './read-distilled.js';

/** No image is decoded here. */
const image = (content: number) => `image ${content}`;

describe('what is distilled', () => {
  const sample = (sha256: string, role: 'validation' | 'protected') => ({ sha256, roles: [role] });

  async function read(
    files: Record<string, string>,
    used: readonly ReturnType<typeof sample>[] = [],
  ) {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-distilled-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
    const plan = planSchema.parse({
      model: 'm',
      data: {},
      target: { class: 'a' },
      distillation: { unlabelled: { images: '.', texts: 'texts.txt' } },
    });
    const dataset = { samples: used } as unknown as Parameters<typeof readDistilled>[2]['dataset'];
    return readDistilled(plan, folder, { dataset, drift: undefined, firstIndex: 7 });
  }

  it('is no image that judges, whatever its name', async () => {
    const files = { 'a.png': image(1), 'b.png': image(2), 'texts.txt': 'a frog.\na horse.\n' };
    const all = await read(files);
    expect(all!.samples.map(({ index }) => index)).toEqual([7, 8]);
    const [first, second] = all!.samples.map(({ sha256 }) => sha256);
    const kept = await read(files, [sample(first!, 'validation'), sample(second!, 'protected')]);
    expect(kept!.samples).toMatchObject([{ index: 7, relativePath: 'b.png' }]);
    expect(kept!.notes.at(-1)).toBe(
      '1 unlabelled images also steer, judge, test or are watched: they do not train',
    );
    expect(kept!.sha256).not.toBe(all!.sha256);
    await expect(
      read({ ...files, 'b.png': image(1) }, [sample(first!, 'validation')]),
    ).rejects.toThrow('training needs others');
  });

  it('is refused where no image of it can be read', async () => {
    const files = { 'a.png': image(1), 'b.png': image(2), 'texts.txt': 'a frog.\na horse.\n' };
    const all = await read(files);
    expect(withoutUnreadable(all, new Set([7]))!.samples).toMatchObject([{ index: 8 }]);
    expect(withoutUnreadable(undefined, new Set([7, 8]))).toBeUndefined();
    expect(() => withoutUnreadable(all, new Set([7, 8]))).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        violations: [
          {
            field: 'distillation.unlabelled.images',
            description: 'has 2 images, of which none can be read: plan check says why',
          },
        ],
      }),
    );
  });

  it('has no text that is too long to embed', async () => {
    const texts = `a frog.\n\n${'a'.repeat(16_385)}\n`;
    await expect(read({ 'a.png': image(1), 'texts.txt': texts })).rejects.toThrow(
      'texts.txt, line 3 has 16385 characters, and a text may have 16384',
    );
  });

  it('needs two texts', async () => {
    await expect(read({ 'a.png': image(1), 'texts.txt': 'a frog.' })).rejects.toThrow(
      'distillation.unlabelled.texts: ',
    );
  });
});
