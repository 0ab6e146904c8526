import { planSchema } from '@holdfast/plan';
import { describe, expect, it } from 'vitest';
import { createPrompts } from './prompts.js';
import { chooseLabels } from './resolve-entries.js';
import { resolveTasks } from './tasks.js';

const classes = ['fifty', 'thirty', 'yield'];
const parse = (plan: object) =>
  planSchema.parse({ model: 'model', data: {}, target: { class: 'thirty' }, ...plan });

describe('resolveTasks', () => {
  it('protects every class but the target where the plan names none', () => {
    const { protectedTasks, targetIndices } = resolveTasks(parse({}), classes);
    expect(targetIndices).toEqual([1]);
    expect(protectedTasks.map((task) => [task.name, task.labels, task.among])).toEqual([
      ['fifty', ['fifty'], [0, 1, 2]],
      ['yield', ['yield'], [0, 1, 2]],
    ]);
  });

  it('improves several classes, and protects the rest', () => {
    const { targetIndices, protectedTasks } = resolveTasks(
      parse({ target: { class: [classes[2], classes[0]] } }),
      classes,
    );
    expect(targetIndices).toEqual([2, 0]);
    const left = classes.filter((_, index) => index !== 2 && index !== 0);
    expect(protectedTasks.map(({ name }) => name)).toEqual(left);
    const unknown = () =>
      resolveTasks(parse({ target: { class: [classes[0], 'nothing'] } }), classes);
    expect(unknown).toThrow(
      expect.objectContaining({
        violations: [expect.objectContaining({ field: 'target.class[1]' })],
      }),
    );
  });

  it('takes tolerances from the task, else from the gate', () => {
    const plan = parse({
      protected: [{ class: 'fifty', tolerance: 0.01 }, 'yield'],
      gate: { tolerance: 0.07 },
    });
    expect(resolveTasks(plan, classes).protectedTasks.map((task) => task.tolerance)).toEqual([
      0.01, 0.07,
    ]);
  });

  it('names every class that the data lacks, and what it has, at once', () => {
    const plan = parse({
      target: { class: 'forty', negatives: ['ten'] },
      protected: ['fifty', 'sixty'],
    });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        violations: [
          { field: 'target.class', description: expect.stringContaining('fifty, thirty, yield') },
          { field: 'protected[1]', description: expect.stringContaining('"sixty"') },
          { field: 'target.negatives[0]', description: expect.stringContaining('"ten"') },
        ],
      }),
    );
  });

  it('refuses a name for a class that the data lack, and says which was meant', () => {
    const plan = parse({ prompts: { classNames: { fifity: '50', 'no. 9': 'nine' } } });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'prompts.classNames.fifity',
            description: expect.stringContaining('did you mean "fifty"?'),
          },
          {
            field: 'prompts.classNames["no. 9"]',
            description: 'no images are labelled "no. 9"; the data has: fifty, thirty, yield',
          },
        ],
      }),
    );
  });

  it('counts no ceiling among the tasks of a claim', () => {
    const plan = parse({
      protected: ['fifty', { class: 'fifty', ceiling: true }, 'yield'],
      gate: { claims: { together: 0.05, anyThree: 0.1 } },
    });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'gate.claims.anyThree',
            description: 'is about 3 protected tasks, and the plan protects 2 beside its ceilings',
          },
        ],
      }),
    );
    const claims = { together: 0.05 };
    const { protectedTasks } = resolveTasks({ ...plan, gate: { ...plan.gate, claims } }, classes);
    expect(protectedTasks.map(({ name, ceiling }) => [name, ceiling])).toEqual([
      ['fifty', false],
      ['fifty (ceiling)', true],
      ['yield', false],
    ]);
  });

  it('teaches no ceiling as a negative of the target', () => {
    const plan = parse({ protected: ['fifty', { class: 'yield', ceiling: true }] });
    expect(chooseLabels(plan, classes)).toEqual({
      protected: ['fifty', 'yield'],
      whole: ['fifty', 'yield'],
      contrasted: ['fifty'],
    });
  });

  it('refuses a step of more tasks than the data have', () => {
    const plan = parse({ training: { tasksPerStep: 3 } });
    expect(() => resolveTasks(plan, classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'training.tasksPerStep',
            description: 'is 3, more than the protected tasks (2)',
          },
        ],
      }),
    );
  });

  it('refuses to hold more tasks apart in a step than one may', () => {
    const many = ['thirty', ...Array.from({ length: 65 }, (_, i) => `class${i}`)];
    const constraints = { combine: 'projectionByTask' };
    expect(() => resolveTasks(parse({ constraints }), many)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'constraints.combine',
            description:
              'is projectionByTask, which goes back once for each of 65 tasks a step; at most 64: give training.tasksPerStep fewer, or take projection',
          },
        ],
      }),
    );
    const training = { tasksPerStep: 64 };
    expect(resolveTasks(parse({ constraints, training }), many).protectedTasks).toHaveLength(65);
  });

  it('refuses a claim about more tasks than are protected', () => {
    const gate = { claims: { anyTwo: 0.1, anyThree: 0.1, together: 0.1 } };
    expect(() => resolveTasks(parse({ gate }), classes)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'gate.claims.anyThree',
            description: 'is about 3 protected tasks, and the plan protects 2',
          },
        ],
      }),
    );
  });

  it('refuses a task that is named twice', () => {
    expect(() => resolveTasks(parse({ protected: ['fifty', 'fifty'] }), classes)).toThrow(
      expect.objectContaining({
        violations: [{ field: 'protected[1]', description: '"fifty" is named twice' }],
      }),
    );
  });
});

describe('resolveTasks of several label spaces', () => {
  const labels = ['fifty', 'frog', 'objects/dog', 'objects/yield', 'thirty', 'toad', 'yield'];
  const spaces = {
    pond: { classes: ['frog', 'toad'] },
    objects: { data: { root: 'objects' }, prompts: { classNames: { dog: 'hound' } } },
  };

  it('judges every class among those of its own space, the target among the rest', () => {
    const tasks = resolveTasks(parse({ spaces }), labels);
    expect(tasks.spaces).toEqual([
      { name: undefined, classes: [0, 4, 6] },
      { name: 'pond', classes: [1, 5] },
      { name: 'objects', classes: [2, 3] },
    ]);
    expect(tasks.protectedTasks.map(({ name, among }) => [name, among])).toEqual([
      ['fifty', [0, 4, 6]],
      ['frog', [1, 5]],
      ['objects/dog', [2, 3]],
      ['objects/yield', [2, 3]],
      ['toad', [1, 5]],
      ['yield', [0, 4, 6]],
    ]);
  });

  it('puts what is only judged behind what training is held to, with its place in the plan', () => {
    const plan = parse({
      spaces,
      protected: [
        { each: 'objects', constrain: false },
        { space: 'pond', where: { time: 'night' } },
        { where: { time: ['day', 'dusk'] } },
      ],
    });
    const { protectedTasks } = resolveTasks(plan, labels);
    expect(protectedTasks.map((task) => [task.name, task.field, task.labels])).toEqual([
      ['pond, time=night', 'protected[1]', ['frog', 'toad']],
      ['time=day|dusk', 'protected[2]', ['fifty', 'yield']],
      ['objects/dog', 'protected[0]', ['objects/dog']],
      ['objects/yield', 'protected[0]', ['objects/yield']],
    ]);
    expect(protectedTasks.map(({ constrained }) => constrained)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('takes labels of which no image may train for judged only, named or not', () => {
    const few = { ...spaces, objects: { ...spaces.objects, trainingImages: 0 } };
    for (const protectedTasks of [undefined, ['fifty', { each: 'objects' }]]) {
      const plan = parse({ spaces: few, protected: protectedTasks });
      const judged = resolveTasks(plan, labels).protectedTasks.filter((task) => !task.constrained);
      expect(judged.map(({ name }) => name)).toEqual(['objects/dog', 'objects/yield']);
      expect(chooseLabels(plan, labels).protected).not.toContain('objects/dog');
    }
  });

  it('refuses tasks across spaces, spaces that tell nothing apart, and names of unknown labels', () => {
    const plan = parse({
      spaces: {
        pond: { classes: ['frog', 'newt'] },
        objects: { data: {}, prompts: { classNames: { cat: 'tom' } } },
      },
      protected: [{ classes: ['fifty', 'frog'] }],
    });
    expect(() => resolveTasks(plan, ['fifty', 'frog', 'objects/dog', 'thirty'])).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'protected[0]',
            description: 'is about labels of several label spaces: make it a task for each',
          },
          { field: 'spaces.pond.classes', description: expect.stringContaining('"newt"') },
          {
            field: 'spaces.pond',
            description:
              '"frog" is the only label in this space: it takes two for anything to be told apart',
          },
          {
            field: 'spaces.objects.prompts.classNames.cat',
            description: expect.stringContaining('the data has: dog'),
          },
          {
            field: 'spaces.objects',
            description: expect.stringContaining('"dog" is the only label'),
          },
        ],
      }),
    );
  });
});

describe('createPrompts', () => {
  it('calls classes of another data set as that does, by the prompts of their space', () => {
    const prompts = createPrompts(
      parse({
        prompts: { templates: ['a {}.', 'the {}.'], classNames: { fifty: '50' } },
        spaces: {
          objects: {
            data: {},
            prompts: { templates: ['x {}', 'y {}', 'z {}'], classNames: { dog: 'hound' } },
          },
          pond: { classes: ['frog', 'toad'] },
        },
      }),
      ['fifty', 'frog', 'objects/dog', 'objects/yield', 'thirty', 'toad'],
    );
    expect(prompts.classPrompts).toEqual([
      'a 50.',
      'a frog.',
      'x hound',
      'x yield',
      'a thirty.',
      'a toad.',
    ]);
    // Of 6 numbers each caption has as many as every other of its class.
    expect(prompts.templateCount).toBe(6);
    const drawn = (index: number) => [0, 1, 2, 3, 4, 5].map((i) => prompts.caption(index, i)[0]);
    expect(drawn(0)).toEqual(['a', 't', 'a', 't', 'a', 't']);
    expect(drawn(2)).toEqual(['x', 'y', 'z', 'x', 'y', 'z']);
    expect(prompts.captionCount).toBe(14);
  });

  it('calls a class by its name in prompts and classifies with the first template by default', () => {
    const prompts = createPrompts(
      parse({
        prompts: { templates: ['a {}.', 'the {}.'], classNames: { fifty: 'speed limit 50' } },
      }),
      classes,
    );
    expect(prompts.caption(0, 1)).toBe('the speed limit 50.');
    expect(prompts.classPrompts).toEqual(['a speed limit 50.', 'a thirty.', 'a yield.']);
    expect(prompts.classifierPrompts[2]).toEqual(['a yield.']);
    expect(prompts.templateCount).toBe(2);
  });

  it('averages the classifier over its own templates where the plan names some', () => {
    const prompts = createPrompts(
      parse({ prompts: { classifierTemplates: ['x {}', 'y {}'] } }),
      classes,
    );
    expect(prompts.classifierPrompts[1]).toEqual(['x thirty', 'y thirty']);
    expect(prompts.classPrompts[1]).toBe('x thirty');
  });
});
