import type { Sample } from '@holdfast/dataset';
import { resolveTasks } from '@holdfast/evaluation';
import { type Plan, planSchema } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { checkStepSize, noteStepSize, type SizedRun } from './check-step-size.js';

const classes = Array.from({ length: 1000 }, (_, i) => `class ${i}`);

/** A run of ViT at 224 pixels with so many images of the first protected class. */
function createRun(sections: object = {}, imageCount = 1): SizedRun {
  const plan = planSchema.parse({
    ...{ model: 'm', data: {}, target: { class: classes[0] } },
    ...sections,
  }) as Plan;
  const sample = { label: classes[1], roles: ['protected'] } as unknown as Sample;
  return {
    plan,
    tasks: resolveTasks(plan, classes),
    dataset: { samples: Array<Sample>(imageCount).fill(sample) } as unknown as SizedRun['dataset'],
    model: {
      preprocessing: { cropHeight: 224, cropWidth: 224 },
    } as unknown as SizedRun['model'],
  };
}

/** What is refused, as `field description`. */
function refusals(run: SizedRun, isAlone = true): string[] {
  try {
    checkStepSize(run, isAlone);
    return [];
  } catch (error) {
    const { violations } = error as { violations: { field: string; description: string }[] };
    return violations.map(({ field, description }) => `${field} ${description}`);
  }
}

it('refuses a step of more images than one encoder holds, and lets several divide it', () => {
  // 64 + 999 x 10 images; 2^29 / (3 x 224 x 224) = 3566.6
  const run = createRun();
  const refused =
    'training.tasksPerStep gives a step 10054 images, and one encoder holds 3566 of 224 x 224 pixels: have it visit fewer tasks, or see fewer of training.examplesPerTask, or have 3 encoders share them';
  expect(refusals(run)).toEqual([refused]);
  expect(refusals(run, false)).toEqual([]);
  expect(noteStepSize(run)).toEqual([refused]);
  const fewer = createRun({ training: { tasksPerStep: 350 } });
  expect([...refusals(fewer), ...noteStepSize(fewer)]).toEqual([]);
});

it('counts the images that a term looks at, by the field that says how many', () => {
  const training = { tasksPerStep: 1, targetBatch: 4000 };
  expect(refusals(createRun({ training }))).toEqual([
    expect.stringMatching(/^training\.targetBatch gives a step 4010 images/),
  ]);
  const unlabelled = { images: 'pool', texts: 'texts.txt', batch: 4000 };
  const small = { tasksPerStep: 1 };
  expect(refusals(createRun({ training: small, distillation: { unlabelled } }))).toEqual([
    expect.stringMatching(/^distillation\.unlabelled\.batch gives a step 4074 images/),
  ]);
  const none = { penalty: 'none' };
  expect(refusals(createRun({ objective: { kind: 'target' }, constraints: none }))).toEqual([]);
});

it('holds no pixels of a step on features, and still contrasts its pairs', () => {
  const run = createRun({ training: { scope: 'projections' } });
  expect(refusals(run)).toEqual([]);
  const wide = createRun({ training: { scope: 'projections', examplesPerTask: 20 } });
  expect(refusals(wide, false)).toEqual([
    'training.tasksPerStep gives a step 20044 pairs, and 16384 can be contrasted with one another: have it visit fewer tasks, or see fewer of training.examplesPerTask',
  ]);
  const target = { objective: { kind: 'target' } };
  expect(
    refusals(createRun({ ...target, training: { scope: 'projections', examplesPerTask: 20 } })),
  ).toEqual([]);
});

it('refuses references that the constraint service would not hold', () => {
  const training = { tasksPerStep: 1 };
  const fitted = { training, constraints: { drive: 'calibratedLoss' } };
  // 2^25 / 1000 = 33554.4
  expect(refusals(createRun(fitted, 33_554))).toEqual([]);
  expect(refusals(createRun(fitted, 33_555))).toEqual([
    'constraints.drive is calibratedLoss, which fits temperatures to 33555000 cosines of protected images with the classes that they are told apart among, and 33554432 fit: take another drive, or have fewer images train (trainingImages), or fewer tasks (constrain: false)',
  ]);
  const plain = { training, constraints: { augmentation: 'none' } };
  expect(refusals(createRun(plain, 1_000_000))).toEqual([]);
  expect(refusals(createRun(plain, 1_000_001))).toEqual([
    'constraints.augmentation is none, which keeps what the old model gives on 1000001 protected images, counted for each task that they are of, and 1000000 fit: have fewer images train (trainingImages), or fewer tasks (constrain: false)',
  ]);
  expect(refusals(createRun({ training }, 1_000_001))).toEqual([]);
});
