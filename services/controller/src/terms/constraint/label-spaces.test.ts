import { createConstraintService } from '@holdfast/constraint';
import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { type Plan, planSchema } from '@holdfast/plan';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { StepDraw } from '@holdfast/sampling';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { expect, it } from 'vitest';
import type { TermRun } from '../term.js';
import { planConstraint } from './constraint-term.js';

const temperature = 0.1;
const classes = ['cat', 'dog', 'go', 'stop', 'yield'];
const plan = planSchema.parse({
  model: 'model',
  data: {},
  target: { class: 'stop' },
  spaces: { pets: { classes: ['cat', 'dog'] } },
  protected: [
    { class: 'cat', constrain: false },
    { classes: ['yield', 'go'], where: { time: 'night' } },
    { space: 'pets' },
  ],
  constraints: {
    penalty: 'fixed',
    penaltyCoefficient: 6,
    constraintMovingAverage: 0.8,
    constraintTemperature: temperature,
  },
}) as Plan;

/** Directions of the class prompts, and of an image of each sample, in radians. */
const prompts = [2.4, 0.3, 0.9, 0.2, 1.6];
const [candidate, reference] = [
  [0.8, 1.3, 0.5],
  [0.85, 1.2, 0.6],
];
const labels = ['go', 'yield', 'dog'];

const rows = (angles: readonly number[]) =>
  createMatrix(
    angles.length,
    2,
    Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  );

/** -log softmax of the label over the classes that it is told apart among. */
function lossOf(angle: number, label: string, among: readonly string[]): number {
  const logit = (name: string) => Math.cos(angle - prompts[classes.indexOf(name)]!) / temperature;
  return Math.log(among.reduce((sum, name) => sum + Math.exp(logit(name) - logit(label)), 0));
}

/** What an image's loss changes by, told apart among these classes. */
const change = (sample: number, among: readonly string[]) =>
  lossOf(candidate![sample]!, labels[sample]!, among) -
  lossOf(reference![sample]!, labels[sample]!, among);
const signs = ['go', 'stop', 'yield'];

const createRun = (planned: Plan) =>
  ({
    runId: 'run',
    plan: planned,
    tasks: resolveTasks(planned, classes),
    prompts: createPrompts(planned, classes),
    dataset: { samples: labels.map((label) => ({ label })) },
    headOf: () => -1,
    lease: { term: 1 },
    clients: {
      constraint: createInProcessClient(ConstraintServiceDefinition, createConstraintService()),
    },
  }) as unknown as TermRun;

it('tells the images of a task apart among the classes of its space, each under its own label', async () => {
  const run = createRun(plan);
  const term = await planConstraint(plan)!.open(run);
  const draw = {
    tasks: [
      { task: 0, samples: [0, 1], templates: [0, 0] },
      { task: 1, samples: [2], templates: [0] },
    ],
  } as unknown as StepDraw;
  const { log, textGradients } = await term.layOut(draw).estimate(1, {
    images: rows(candidate!),
    texts: rows(prompts),
    omitImageGradients: false,
    reference: async () => ({ images: rows(reference!), texts: rows(prompts) }),
  });
  const [night, pets] = log!.tasks!;
  expect(night!.batchValue).toBeCloseTo((change(0, signs) + change(1, signs)) / 2, 5);
  expect(pets!.batchValue).toBeCloseTo(change(2, ['cat', 'dog']), 5);
  // Every class is told apart from some image.
  for (const index of classes.keys()) {
    const [x, y] = textGradients.data.slice(2 * index);
    expect(Math.hypot(x!, y!)).toBeGreaterThan(0);
  }
});

it('embeds no classes of a label space that is only judged', async () => {
  const judged = planSchema.parse({
    ...plan,
    protected: [
      { space: 'pets', constrain: false },
      { classes: ['yield', 'go'], where: { time: 'night' } },
    ],
  }) as Plan;
  const run = createRun(judged);
  const term = await planConstraint(judged)!.open(run);
  const draw = { tasks: [{ task: 0, samples: [0, 1], templates: [0, 0] }] } as unknown as StepDraw;
  const batch = term.layOut(draw);
  expect(batch.texts.map(({ text }) => text)).toEqual(
    signs.map((label) => run.prompts.classPrompts[classes.indexOf(label)]),
  );
  const texts = rows(signs.map((label) => prompts[classes.indexOf(label)]!));
  const { log } = await batch.estimate(1, {
    images: rows(candidate!.slice(0, 2)),
    texts,
    omitImageGradients: true,
    reference: async () => ({ images: rows(reference!.slice(0, 2)), texts }),
  });
  expect(log!.tasks![0]!.batchValue).toBeCloseTo((change(0, signs) + change(1, signs)) / 2, 5);
});
