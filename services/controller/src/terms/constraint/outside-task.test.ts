import { createConstraintService } from '@holdfast/constraint';
import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { type Plan, planSchema } from '@holdfast/plan';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { StepDraw } from '@holdfast/sampling';
import { createInProcessClient } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import { expect, it } from 'vitest';
import type { TermEmbeddings, TermRun } from '../term.js';
import { planConstraint } from './constraint-term.js';
import type { OutsideTask } from './outside-task.js';

const classes = ['stop', 'go', 'yield'];
const plan = planSchema.parse({
  model: 'model',
  data: {},
  target: { class: 'stop' },
  constraints: {
    penalty: 'fixed',
    penaltyCoefficient: 6,
    constraintMovingAverage: 0.8,
    constraintTemperature: 0.1,
  },
}) as Plan;

const draw = {
  tasks: [
    { task: 0, samples: [5], templates: [0] },
    { task: 1, samples: [7], templates: [0] },
  ],
} as unknown as StepDraw;

/** Unit rows of two columns. */
const rows = (...angles: number[]) =>
  createMatrix(
    angles.length,
    2,
    Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  );
const ones = (count: number) => createMatrix(count, 2, new Float32Array(2 * count).fill(1));

/** A step's estimate of the plan's constraints and others, asked of a real constraint service. */
async function estimate(
  outsideTasks: readonly OutsideTask[],
  changes: Partial<Plan['constraints']> = {},
  omitImageGradients = false,
) {
  const client = createInProcessClient(ConstraintServiceDefinition, createConstraintService());
  const changed = { ...plan, constraints: { ...plan.constraints, ...changes } };
  const run = {
    runId: 'run',
    plan: changed,
    tasks: resolveTasks(plan, classes),
    dataset: { samples: { 5: { label: 'go' }, 7: { label: 'yield' } } },
    prompts: createPrompts(plan, classes),
    headOf: () => -1,
    lease: { term: 1 },
    clients: { constraint: client },
  } as unknown as TermRun;
  const term = await planConstraint(changed, outsideTasks)!.open(run);
  const embeddings: TermEmbeddings = {
    images: rows(0.2, 1.1),
    texts: rows(0, 1, 2),
    omitImageGradients,
    reference: async () => ({ images: rows(0.25, 1), texts: rows(0, 1, 2) }),
  };
  return term.layOut(draw).estimate(3, embeddings);
}

it('weighs what was found elsewhere beside the other tasks, 1/|S| each', async () => {
  const alone = await estimate([]);
  const seen: number[] = [];
  const outside: OutsideTask = {
    name: 'rare',
    requiredSlack: 0,
    async evaluate({ step, draw: { tasks }, embeddings: { images, texts, reference } }) {
      const known = await reference();
      seen.push(step, tasks.length, images.rows, texts.rows, known.images.rows);
      return { value: 0.5, imageGradients: ones(2), textGradients: ones(3) };
    },
  };
  const both = await estimate([outside]);
  expect(seen).toEqual([3, 2, 2, 3, 2]);
  // Three tasks instead of two, of which the third weighs 6/3.
  expect(both.value).toBeCloseTo((2 / 3) * alone.value + 2 * 0.5, 12);
  for (const name of ['imageGradients', 'textGradients'] as const) {
    const expected = Array.from(alone[name].data, (x) => (2 / 3) * x + 2);
    both[name].data.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i]!, 5);
    });
  }
  expect(both.log).toMatchObject({
    penalty: both.value,
    tasks: [{ task: 0 }, { task: 1 }],
    terms: [{ name: 'rare', value: 0.5 }],
  });
  expect(both.parts?.at(-1)).toEqual({ name: 'the constraint of "rare"', value: 0.5 });
});

it('says what each task gives to the gradients, where a step goes against none of them', async () => {
  const outside: OutsideTask = {
    name: 'rare',
    requiredSlack: 0,
    evaluate: async () => ({ value: 0.5, imageGradients: ones(2), textGradients: ones(3) }),
  };
  expect((await estimate([outside])).apart).toBeUndefined();
  const { apart, ...whole } = await estimate([outside], { combine: 'projectionByTask' });
  expect(whole).toEqual(await estimate([outside]));
  for (const name of ['imageGradients', 'textGradients'] as const) {
    const sums = whole[name].data.map((_, i) =>
      apart!.reduce((sum, task) => sum + task[name].data[i]!, 0),
    );
    sums.forEach((x, i) => {
      expect(x).toBeCloseTo(whole[name].data[i]!, 4);
    });
  }
  // Each example pulls at its own image alone, 6/3 of what was found elsewhere at all.
  const [go, other, rare] = apart!.map(({ imageGradients }) => imageGradients.data);
  expect([...go!.subarray(2), ...other!.subarray(0, 2), ...rare!]).toEqual([
    0, 0, 0, 0, 2, 2, 2, 2,
  ]);
  // Without gradients of images there are texts alone.
  const texts = await estimate([], { combine: 'projectionByTask' }, true);
  expect(
    texts.apart!.map(({ imageGradients, textGradients }) => [
      imageGradients.rows,
      textGradients.rows,
    ]),
  ).toEqual([
    [0, 3],
    [0, 3],
  ]);
});

it('passes over a task that found nothing in the step: the others share the penalty', async () => {
  const absent: OutsideTask = { name: 'rare', requiredSlack: 0, evaluate: async () => undefined };
  expect(await estimate([absent])).toEqual(await estimate([]));
});

it('looks at the reference where the other tasks go by what is recorded of it', async () => {
  const found = { value: 0, imageGradients: ones(2), textGradients: ones(3) };
  const task: OutsideTask = { name: 'rare', requiredSlack: 0, evaluate: async () => found };
  const plain = { ...plan, constraints: { ...plan.constraints, augmentation: 'none' } } as Plan;
  expect(planConstraint(plain)?.comparesReference).toBe(false);
  expect(planConstraint(plain, [task])?.comparesReference).toBe(true);
  // The service asks for records, and so was given no embeddings of the reference.
  await expect(estimate([task], { augmentation: 'none' })).rejects.toMatchObject({
    kind: 'precondition',
  });
});
