import { fileURLToPath } from 'node:url';
import { openClipDirectory, type Tokenizer } from '@holdfast/clip';
import type { Fault } from '@holdfast/fault';
import { planSchema } from '@holdfast/plan';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPrompts } from './check-prompts.js';

const modelPath = fileURLToPath(new URL('../../../../examples/gtsrb/model', import.meta.url));

/** CLIP's own merges, with a context of 16 tokens. */
let tokenizer: Tokenizer;
beforeAll(async () => {
  ({ tokenizer } = await openClipDirectory(modelPath));
});

const check = (prompts: object, classes: readonly string[]) =>
  checkPrompts(
    planSchema.parse({ model: '', data: {}, target: { class: '' }, prompts }),
    classes,
    tokenizer,
  );
function refuse(prompts: object, classes: readonly string[]): Fault {
  try {
    check(prompts, classes);
  } catch (error) {
    return error as Fault;
  }
  throw new Error('the prompts were accepted');
}

/** Long enough that nothing of a name behind it is read. */
const longTemplate = `a photo of a sign ${'that stands at the road '.repeat(4)}and says {}.`;

describe('checkPrompts', () => {
  it('has nothing to say of classes with texts of their own', () => {
    expect(check({}, ['road work', 'road works', 'yield'])).toEqual([]);
  });

  it('lets classes of different label spaces have one text, and names the field of a space of its own', () => {
    const plan = (extra: object) =>
      planSchema.parse({ model: '', data: {}, target: { class: '' }, ...extra });
    const spaces = { objects: { data: {} } };
    const labels = ['objects/dog', 'objects/yield', 'stop', 'yield'];
    expect(checkPrompts(plan({ spaces }), labels, tokenizer)).toEqual([]);
    const classNames = { dog: 'Yield' };
    const own = { objects: { data: {}, prompts: { templates: ['a {}.'], classNames } } };
    expect(() => checkPrompts(plan({ spaces: own }), labels, tokenizer)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'spaces.objects.prompts.templates[0]',
            description: expect.stringContaining('"objects/dog" ("a Yield.")'),
          },
        ],
      }),
    );
  });

  it.each([
    ['case', 'Road Work', 'road work'],
    ['Unicode form', 'caf\u00e9', 'cafe\u0301'],
    ['white space', 'road work', 'road  work'],
  ])('refuses labels that differ in %s alone', (_, one, other) => {
    const fault = refuse({}, [one, 'yield', other]);
    expect(fault.message).toContain('classes of the data have the same prompts');
    expect(fault.violations).toEqual([
      {
        field: 'prompts.templates[0]',
        description: expect.stringContaining(
          `gives one prompt to "${one}" ("a photo of a ${one}.") and "${other}" ("a photo of a ${other}.")`,
        ),
      },
    ]);
    expect(fault.violations[0]!.description).toContain('a name of its own in prompts.classNames');
  });

  it('refuses names that give two labels one text, once for all templates', () => {
    const prompts = {
      templates: ['a {}.', 'the {}.'],
      classifierTemplates: ['the {}.', 'one {}.'],
      classNames: { truck: 'car' },
    };
    const { violations } = refuse(prompts, ['car', 'truck', 'yield']);
    expect(violations.map(({ field }) => field)).toEqual(['prompts.templates[0]']);
  });

  it('refuses texts that are the same where the context has ended', () => {
    const templates = ['a {}.', longTemplate];
    const { violations } = refuse({ templates }, ['road work', 'yield']);
    expect(violations).toEqual([
      {
        field: 'prompts.templates[1]',
        description: expect.stringContaining("after the model's context has cut them off"),
      },
    ]);
  });

  it("looks at the classifier's templates, too", async () => {
    const { violations } = refuse({ classifierTemplates: [longTemplate] }, ['a', 'b']);
    expect(violations[0]!.field).toBe('prompts.classifierTemplates[0]');
  });

  it('says which texts are too long, and where they are cut', () => {
    const name = `yield ${'to all and everyone who comes by '.repeat(3)}`.trim();
    const notes = check({}, ['road work', name]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(`the prompt of "${name}" has`);
    expect(notes[0]).toMatch(/more than the model's \d+: what follows "\.\.\.[a-z ]+" is not read/);
    // What is read and what is said to be read are the same.
    const kept = /"\.\.\.([a-z ]+)"/.exec(notes[0]!)![1]!;
    const cutOff = `a photo of a ${name}.`.split(kept)[0]! + kept;
    expect(tokenizer.encode(cutOff)).toEqual(tokenizer.encode(`a photo of a ${name}.`));
    expect(tokenizer.describeCut(cutOff)).toBeUndefined();
  });

  it('counts cut texts beyond the first five', () => {
    const names = Array.from({ length: 8 }, (_, i) => `${i} ${'very '.repeat(40)}`);
    const notes = check({}, names);
    expect(notes).toHaveLength(6);
    expect(notes[5]).toBe('3 more prompts are cut');
  });
});
