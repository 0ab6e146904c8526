import { createPrompts, resolveTasks } from '@holdfast/evaluation';
import { type Plan, planSchema } from '@holdfast/plan';
import type { EstimateRequest } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { EstimateObjectiveRequest } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, selectRows } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { listTerms } from '../terms/list-terms.js';
import type { TermRun } from '../terms/term.js';
import { layOutStep, type StepBatch } from './step-batch.js';

const classes = ['fifty', 'thirty', 'yield'];
/** Samples 0-9 are "thirty" (the target), 10-19 "fifty", 20-29 "yield". */
const labelOf = (sample: number) => (sample < 10 ? 'thirty' : sample < 20 ? 'fifty' : 'yield');

const draw: StepDraw = {
  positives: [3, 5],
  negatives: [12, 25],
  positiveTemplates: [0, 1],
  negativeTemplates: [1, 0],
  tasks: [
    { task: 0, samples: [11, 13], templates: [0, 1] },
    { task: 1, samples: [21], templates: [1] },
  ],
  unlabelled: [40, 41],
  unlabelledTexts: [1],
  augmentationSeed: 77,
};

/** Embeddings of one column: row i is [i]. */
const numbered = (rows: number) =>
  createMatrix(
    rows,
    1,
    Float32Array.from({ length: rows }, (_, i) => i),
  );
const rowsOf = (tensor: Parameters<typeof toMatrix>[0]) => [...toMatrix(tensor, '').data];

/** What the terms of a plan ask of the services in a step. */
interface Asked {
  readonly batch: StepBatch;
  readonly objective: EstimateObjectiveRequest;
  readonly constraint: EstimateRequest | undefined;
}

/** Lays out a step of a plan, and has its terms estimated at numbered embeddings. */
async function layOut(changes: object, known: object = {}, drawn: StepDraw = draw): Promise<Asked> {
  const plan = planSchema.parse({
    model: 'model',
    data: {},
    target: { class: 'thirty' },
    prompts: { templates: ['a {}.', 'the {}.'] },
    ...changes,
  }) as Plan;
  const asked: { objective?: EstimateObjectiveRequest; constraint?: EstimateRequest } = {};
  const nothing = fromMatrix(createMatrix(0, 1));
  const { enabled, negatives } = plan.heads;
  const headOf = (index: number) => (enabled ? index : -1);
  const run = {
    plan,
    dataset: {
      samples: Array.from({ length: 30 }, (_, index) => ({
        label: labelOf(index),
        roles: ['protected'],
      })),
    },
    tasks: resolveTasks(plan, classes),
    prompts: createPrompts(plan, classes),
    headOf,
    negativeHeadOf: (index: number) =>
      enabled && negatives === 'shared' ? classes.length : headOf(index),
    lease: { term: 1 },
    ...known,
    clients: {
      optimizer: {
        async estimateObjective(request: EstimateObjectiveRequest) {
          asked.objective = request;
          return { value: 0, imageGradients: nothing, textGradients: nothing };
        },
      },
      constraint: {
        openRun: async () => ({}),
        async estimate(request: EstimateRequest) {
          asked.constraint = request;
          return { value: 0, tasks: [], imageGradients: nothing, classGradients: nothing };
        },
      },
    },
  } as unknown as TermRun;
  const terms = await Promise.all(listTerms(plan).map((term) => term.open(run)));
  const batch = layOutStep({ ...run, imageSide: 32, terms }, drawn);
  const images = numbered(batch.images.samples.length);
  const texts = numbered(batch.texts.length);
  for (const part of batch.parts) {
    await part.batch.estimate(0, {
      images: selectRows(images, part.imageRows),
      texts: selectRows(texts, part.textRows),
      omitImageGradients: false,
      reference: async () => ({
        images: selectRows(
          numbered(batch.reference!.images.samples.length),
          part.referenceImageRows,
        ),
        texts: selectRows(numbered(batch.reference!.texts.length), part.referenceTextRows),
      }),
    });
  }
  return { batch, objective: asked.objective!, constraint: asked.constraint };
}

const textsOf = ({ texts }: StepBatch) => texts.map(({ text }) => text);

describe('layOutStep', () => {
  it('teaches each of several targets by captions and heads of its own', async () => {
    const several = { target: { class: ['thirty', 'yield'] }, protected: ['fifty'] };
    const { batch, objective } = await layOut(
      { ...several, method: 'flyp' },
      {},
      { ...draw, positives: [3, 22], negatives: [12, 13], tasks: draw.tasks.slice(0, 1) },
    );
    const texts = textsOf(batch);
    const captions = objective.captions.map((place) => texts[place]);
    expect(captions.slice(0, 4)).toEqual(['a thirty.', 'the yield.', 'the fifty.', 'a fifty.']);
    expect(objective.positives.slice(0, 4)).toEqual([true, true, false, false]);
  });

  it('puts the augmented target images first where constraints see plain images', async () => {
    const { batch, objective, constraint } = await layOut({
      constraints: { augmentation: 'none' },
      objective: { kind: 'target' },
    });
    expect(batch.images).toMatchObject({
      samples: [3, 5, 12, 25, 11, 13, 21],
      augmentedCount: 4,
      augmentationSeed: 77,
    });
    expect(batch.reference).toBeUndefined();
    expect(rowsOf(constraint?.imageEmbeddings)).toEqual([4, 5, 6]);
    expect(rowsOf(objective.imageEmbeddings)).toEqual([0, 1, 2, 3]);
    expect(objective.positives).toEqual([true, true, false, false]);
  });

  it('puts the protected images first and augments all where both models see the same augmentation', async () => {
    const { batch, objective, constraint } = await layOut({
      constraints: { augmentation: 'paired' },
    });
    expect(batch.images).toMatchObject({ samples: [11, 13, 21, 3, 5, 12, 25], augmentedCount: 7 });
    expect(batch.reference?.images).toEqual({
      ...batch.images,
      samples: [11, 13, 21],
      augmentedCount: 3,
    });
    expect(batch.reference?.texts.map(({ text }) => text)).toEqual([
      'a fifty.',
      'a thirty.',
      'a yield.',
    ]);
    expect(rowsOf(constraint?.imageEmbeddings)).toEqual([0, 1, 2]);
    expect(rowsOf(constraint?.referenceImageEmbeddings)).toEqual([0, 1, 2]);
    expect(rowsOf(constraint?.referenceClassEmbeddings)).toEqual([0, 1, 2]);
    expect(rowsOf(objective.imageEmbeddings)).toEqual([3, 4, 5, 6, 0, 1, 2]);
  });

  it('augments all and asks the reference nothing where new losses alone are augmented', async () => {
    const { batch, constraint } = await layOut({ constraints: { augmentation: 'candidateOnly' } });
    expect(batch.images).toMatchObject({ samples: [11, 13, 21, 3, 5, 12, 25], augmentedCount: 7 });
    expect(batch.reference).toBeUndefined();
    expect(rowsOf(constraint?.imageEmbeddings)).toEqual([0, 1, 2]);
    // The old losses are those that were recorded, of plain images.
    expect(constraint?.referenceImageEmbeddings).toBeUndefined();
    expect(constraint?.tasks.map(({ samples }) => samples)).toEqual([[11, 13], [21]]);
  });

  it('has images without labels lead where the reference sees them, and hands each term its own rows', async () => {
    const distilled = { texts: ['a frog.', 'a horse.'] };
    const unlabelled = { images: 'pool', texts: 'texts.txt' };
    const objective = { contrastiveTemperature: 0.1 };
    const both = await layOut({ objective, distillation: { unlabelled } }, { distilled });
    // Protected and unlabelled ones are compared, and stand where the reference has them.
    expect(both.batch.images).toMatchObject({
      samples: [11, 13, 21, 40, 41, 3, 5, 12, 25],
      augmentedCount: 9,
    });
    expect(both.batch.reference?.images).toMatchObject({
      samples: [11, 13, 21, 40, 41],
      augmentedCount: 5,
    });
    expect(rowsOf(both.constraint?.referenceImageEmbeddings)).toEqual([0, 1, 2]);
    const [, , distilling] = both.batch.parts;
    expect(distilling).toMatchObject({ imageRows: [3, 4], referenceImageRows: [3, 4] });
    expect(distilling!.batch.texts.map(({ text }) => text)).toEqual(['a horse.']);
    // Without constraints the protected ones are not compared, with plain ones they are last.
    const alone = await layOut(
      { method: 'flyp', constraints: { penalty: 'none' }, objective, distillation: { unlabelled } },
      { distilled },
    );
    expect(alone.batch.images.samples).toEqual([40, 41, 11, 13, 21, 3, 5, 12, 25]);
    expect(alone.batch.reference?.images).toMatchObject({ samples: [40, 41], augmentedCount: 2 });
    const plain = await layOut(
      { constraints: { augmentation: 'none' }, objective, distillation: { unlabelled } },
      { distilled },
    );
    expect(plain.batch.images).toMatchObject({
      samples: [40, 41, 3, 5, 12, 25, 11, 13, 21],
      augmentedCount: 6,
    });
  });

  it('captions every pair by its class and template, and appends the class prompts, each text once', async () => {
    const { batch, objective, constraint } = await layOut({ objective: { kind: 'target' } });
    expect(textsOf(batch)).toEqual([
      'a thirty.',
      'the thirty.',
      'the fifty.',
      'a yield.',
      'a fifty.',
    ]);
    expect(objective.captions).toEqual([0, 1, 2, 3]);
    expect(rowsOf(objective.textEmbeddings)).toEqual([0, 1, 2, 3]);
    expect(rowsOf(constraint?.classEmbeddings)).toEqual([4, 0, 3]);
    expect(batch.texts.map(({ head }) => head)).toEqual(new Array(5).fill(-1));
  });

  it('adds the protected pairs to the joint objective', async () => {
    const { batch, objective } = await layOut({ objective: { kind: 'joint' } });
    expect(objective.samples).toEqual([3, 5, 12, 25, 11, 13, 21]);
    expect(objective.captions.map((row) => textsOf(batch)[row])).toEqual([
      'a thirty.',
      'the thirty.',
      'the fifty.',
      'a yield.',
      'a fifty.',
      'the fifty.',
      'the yield.',
    ]);
  });

  it('says which pairs are protected to the weighted objective', async () => {
    const { objective } = await layOut({ objective: { kind: 'weighted' } });
    expect(objective.samples).toEqual([3, 5, 12, 25, 11, 13, 21]);
    expect(objective.positives).toEqual([true, true, false, false, false, false, false]);
    expect(objective.protectedPairs).toBe(3);
  });

  it('names each task batch by rows of the protected images, with labels and samples', async () => {
    const { constraint } = await layOut({});
    expect(constraint?.tasks).toEqual([
      { task: 0, rows: [0, 1], labels: [0, 0], samples: [11, 13] },
      { task: 1, rows: [2], labels: [2], samples: [21] },
    ]);
  });

  it('leaves protected images out where nothing uses them', async () => {
    const { batch, constraint } = await layOut({
      constraints: { penalty: 'none' },
      objective: { kind: 'target' },
    });
    expect(batch.images.samples).toEqual([3, 5, 12, 25]);
    expect(textsOf(batch)).toEqual(['a thirty.', 'the thirty.', 'the fifty.', 'a yield.']);
    expect(constraint).toBeUndefined();
  });

  it.each([
    ['own', [1, 1, 0, 2]],
    ['shared', [1, 1, 3, 3]],
  ])('gives captions of negatives their %s head', async (negatives, expected) => {
    const { batch, objective, constraint } = await layOut({
      heads: { enabled: true, negatives },
      objective: { kind: 'target' },
    });
    const headOf = (row: number) => batch.texts[row]!.head;
    expect(objective.captions.map(headOf)).toEqual(expected);
    expect(rowsOf(constraint?.classEmbeddings).map(headOf)).toEqual([0, 1, 2]);
  });
});
