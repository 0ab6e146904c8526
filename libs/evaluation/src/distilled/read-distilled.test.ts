import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noLabel, type Role } from '@holdfast/dataset';
import { parsePlan, resolvePlan } from '@holdfast/plan';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PlanData } from '../data/read-plan-data.js';
import { readDistilled, withoutUnreadable } from './read-distilled.js';

interface Setting {
  readonly used?: readonly object[];
  readonly unlabelled?: object;
  /** Labels by label space, the target's first. */
  readonly spaces?: readonly (readonly string[])[];
}

function planOf(changes: object) {
  const plan = { model: 'm', data: {}, target: { class: 'a' }, ...changes };
  const facts = { modelParameters: 1e6, logitScale: 20, targetImages: 10, scarceTasks: [] };
  return resolvePlan(parsePlan(JSON.stringify(plan), 'plan.yaml'), facts).plan;
}

/** No image is decoded here. */
const image = (content: number) => `image ${content}`;

describe('what is distilled', () => {
  const sample = (sha256: string, role: Role) => ({
    ...{ sha256, path: `/data/${sha256}.png`, relativePath: `${sha256}.png`, group: 'drive 1' },
    ...{ index: 0, label: 'a', roles: [role] },
  });

  async function read(
    files: Record<string, string>,
    {
      used = [],
      unlabelled = { images: '.', texts: 'texts.txt' },
      spaces = [['a', 'b']],
    }: Setting = {},
  ) {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-distilled-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'frames'));
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
    const classes = spaces.flat();
    const data = {
      dataset: { samples: used },
      prompts: { classPrompts: classes.map((label) => `a photo of a ${label}.`) },
      tasks: {
        classes,
        spaces: spaces.map((own) => ({ classes: own.map((label) => classes.indexOf(label)) })),
      },
    } as unknown as PlanData;
    const plan = planOf({ distillation: { unlabelled }, training: { steps: 3 } });
    return readDistilled(plan, folder, { ...data, drift: undefined, firstIndex: 7 });
  }

  it('is no image that judges, whatever its name', async () => {
    const files = { 'a.png': image(1), 'b.png': image(2), 'texts.txt': 'a frog.\na horse.\n' };
    const all = await read(files);
    expect(all!.samples.map(({ index }) => index)).toEqual([7, 8]);
    const [first, second] = all!.samples.map(({ sha256 }) => sha256);
    const used = [sample(first!, 'validation'), sample(second!, 'protected')];
    const kept = await read(files, { used });
    expect(kept!.samples).toMatchObject([{ index: 7, relativePath: 'b.png' }]);
    expect(kept!.notes).toContain(
      '1 unlabelled images also steer, judge, test or are watched, or are of such a group: they do not train',
    );
    expect(kept!.sha256).not.toBe(all!.sha256);
    await expect(
      read({ ...files, 'b.png': image(1) }, { used: [sample(first!, 'validation')] }),
    ).rejects.toThrow('training needs others');
  });

  it('is no image of a group that judges, where a table says the groups', async () => {
    const files = {
      'frames/a.png': image(1),
      'frames/b.png': image(2),
      'texts.txt': 'a frog.\na horse.\n',
      'groups.csv': 'path,group\na.png,drive 1\nb.png,drive 2\n',
    };
    const unlabelled = { images: 'frames', groups: 'groups.csv', texts: 'texts.txt' };
    // Of "drive 1", by another frame.
    const frame = sample('1'.repeat(64), 'validation');
    const kept = await read(files, { used: [frame], unlabelled });
    expect(kept!.samples).toMatchObject([{ index: 7, relativePath: 'b.png', group: 'drive 2' }]);
    const trains = sample('1'.repeat(64), 'protected');
    expect((await read(files, { used: [trains], unlabelled }))!.samples).toHaveLength(2);
  });

  it('is synthetic where no folder is named: of training images, as many as are drawn', async () => {
    const used = [
      sample('1'.repeat(64), 'protected'),
      sample('2'.repeat(64), 'validation'),
      sample('3'.repeat(64), 'target'),
    ];
    const distilled = (await read({}, { used, unlabelled: { batch: 4 } }))!;
    const names = distilled.samples.map(({ index, relativePath }) => [index, relativePath]);
    expect(names).toHaveLength(3 * 4);
    expect(names.slice(0, 3)).toEqual([
      [7, `${'1'.repeat(64)}.png (synthetic 0)`],
      [8, `${'3'.repeat(64)}.png (synthetic 0)`],
      [9, `${'1'.repeat(64)}.png (synthetic 1)`],
    ]);
    // They stand for nothing that their originals stand for.
    for (const { label, roles } of distilled.samples) expect([label, roles]).toEqual([noLabel, []]);
    expect(distilled.texts).toEqual(['a photo of a a.', 'a photo of a b.']);
    expect(distilled.notes).toEqual([
      "the old model's answers are distilled on 12 synthetic images and 2 texts",
    ]);
    const fewer = await read({}, { used, unlabelled: { batch: 3 } });
    expect(fewer!.sha256).not.toBe(distilled.sha256);
  });

  it('is made of each label space as often, however few images it has', async () => {
    const used = [
      ...['1', '2', '3'].map((digit) => sample(digit.repeat(64), 'target')),
      { ...sample('4'.repeat(64), 'protected'), label: 'frog' },
    ];
    const spaces = [['a'], ['frog', 'ship']];
    const distilled = await read({}, { used, spaces, unlabelled: { batch: 2 } });
    expect(distilled!.samples.map(({ sha256 }) => sha256[0]).join('')).toBe('142434');
    const numbers = distilled!.samples.map(({ relativePath }) => relativePath.at(-2));
    expect(numbers.join('')).toBe('000102');
  });

  it('has the prompts of the label spaces without the target, where there are such', async () => {
    const used = [sample('1'.repeat(64), 'target')];
    const spaces = [['a'], ['frog', 'ship'], ['car', 'frog']];
    const distilled = await read({}, { used, spaces, unlabelled: {} });
    const names = ['frog', 'ship', 'car'];
    expect(distilled!.texts).toEqual(names.map((name) => `a photo of a ${name}.`));
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
