import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@holdfast/dataset';
import { comparePaired } from '@holdfast/metrics';
import type { Attack } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { judgeRelease } from '@holdfast/release-gate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pairPredictions } from '../classify/pair-predictions.js';
import { openPlanFile } from '../data/plan-file.js';
import { classes, createModel, createSigns, type Signs } from '../test/signs.js';
import { createFakeEncoder, type FakeAnswer } from '../test-support/fake-encoder.js';
import { createFakeEvaluator } from '../test-support/fake-evaluator.js';
import { judgePair } from './judge-pair.js';
import { measurePair } from './measure-pair.js';

const imagesPerClass = 40;
const options = { signal: new AbortController().signal, onProgress: () => {} };

let signs: Signs;
beforeEach(async () => {
  signs = await createSigns(imagesPerClass);
});
afterEach(() => signs.remove());

/** The candidate takes every "road work" under noise for something else, and cannot read one image. */
const models = {
  old: ({ label }: Sample): FakeAnswer => ({ label }),
  new: ({ label, corruption, index }: Sample): FakeAnswer => {
    if (index === 0) return { unreadable: 'it is torn' };
    const harmful = ['gaussianNoise', 'pgd'];
    const isLost = label === 'road work' && harmful.includes(corruption?.name ?? '');
    return { label: isLost ? 'no passing' : label };
  },
};

/** Measures both models on a plan that also protects what is named. */
async function measure(tasks: readonly object[], onAttack?: (attack: Attack) => void) {
  const plan = {
    ...signs.file.plan,
    protected: ['no passing', 'road work', ...tasks],
    gate: { tolerance: 0.1 },
  };
  await writeFile(join(signs.path, 'plan.yaml'), JSON.stringify(plan));
  const file = await openPlanFile('plan.yaml', { cwd: signs.path, command: 'holdfast' });
  const [reference, candidate] = await Promise.all(['old', 'new'].map(createModel));
  const pair = { file, images: 'validation' as const, first: undefined };
  const encoder = createFakeEncoder(classes, models, onAttack);
  return measurePair(
    encoder,
    { ...pair, reference: reference!, candidate: candidate! },
    options,
    async (measured) => ({ file, measured }),
  );
}

it('tells a model that regressed under noise alone from one that did not: plain images are retained', async () => {
  const { measured } = await measure([
    { class: 'road work', corruptions: ['gaussianNoise', 'contrast'], severity: 2 },
    { class: 'no passing', corruptions: ['gaussianNoise'] },
  ]);
  const [target, ...tasks] = pairPredictions(measured.data.tasks, measured.predictions);
  expect(target!.groups).toHaveLength(imagesPerClass);
  const judged = tasks.map(({ task, tolerance, groups, ...sides }) => ({
    task,
    tolerance,
    comparison: comparePaired({
      labels: sides.labels,
      reference: sides.referencePredictions,
      candidate: sides.candidatePredictions,
      groups,
    }),
  }));
  const rules = { level: 0.05, policy: 'evidence', claims: [], seed: 0 } as const;
  const found = judgeRelease(judged, rules).tasks.map(({ task, verdict, comparison }) => {
    const { exampleCount, groupCount } = comparison;
    return [task, verdict, exampleCount, groupCount];
  });
  expect(found).toEqual([
    ['no passing', 'RETAINED', 39, 39],
    ['road work', 'RETAINED', 40, 40],
    // Twice as many images are no more groups.
    ['road work, gaussianNoise 2 | contrast 2', 'REGRESSED', 80, 40],
    ['no passing, gaussianNoise 3', 'RETAINED', expect.any(Number), expect.any(Number)],
  ]);
  expect(measured.badImages).toEqual([
    { path: expect.not.stringContaining('('), reason: 'it is torn' },
  ]);
  expect(measured.notes.join()).toContain('120 corrupted images');
});

it('counts judgements by the same images together, corrupted or not', async () => {
  const { evaluator } = createFakeEvaluator();
  const judge = async (tasks: readonly object[]) => {
    const { file, measured } = await measure(tasks);
    const rules = { policy: 'evidence', level: 0.05, command: 'holdfast gate old new' } as const;
    return judgePair(evaluator, file, measured, rules);
  };
  const first = await judge([]);
  expect(first.ledger?.note).toContain('judgement 1');
  const corrupted = judge([{ class: 'road work', corruptions: ['gaussianNoise'] }]);
  await expect(corrupted).rejects.toMatchObject({ kind: 'precondition' });
});

it('has each model attacked by its own gradient, against the classes of the label space, and judges that', async () => {
  const attacks: Attack[] = [];
  const pgd = { epsilon: '1/255', steps: 4, start: 'random' };
  const task = { class: 'road work', attack: { pgd }, constrain: false };
  const { measured } = await measure([task], (attack) => attacks.push(attack));
  const pairs = pairPredictions(measured.data.tasks, measured.predictions);
  const [plain, attacked] = pairs.filter(({ task }) => task.startsWith('road work'));
  expect(attacked!.task).toBe('road work, pgd 1/255 in 4 steps of 0.625/255 from random');
  expect(attacked!.groups).toEqual(plain!.groups);
  const own = attacked!.classes.indexOf('road work');
  const lost = attacked!.classes.indexOf('no passing');
  expect(new Set(plain!.candidatePredictions).size).toBe(1);
  expect(new Set(attacked!.referencePredictions)).toEqual(new Set([own]));
  expect(new Set(attacked!.candidatePredictions)).toEqual(new Set([lost]));
  // Both models, 40 images each.
  const of = classes.indexOf('road work');
  const shape = [classes.length, classes.length];
  expect(attacks).toHaveLength(2);
  for (const { classes: against, labels, ...rest } of attacks) {
    const sizes = { epsilon: 1 / 255, stepSize: 0.625 / 255, steps: 4, randomStart: true };
    expect(rest).toMatchObject({ ...sizes, temperature: measured.data.temperature });
    expect(against!.shape).toEqual(shape);
    expect(labels).toEqual(Array.from({ length: imagesPerClass }, () => of));
  }
  expect(measured.notes.join()).toContain(
    '40 attacked images (pgd 1/255 in 4 steps of 0.625/255 from random) are made of 40 of these, and are of the same groups; each model attacks them by its own gradient, which costs as much as 520 plain images of validation each time',
  );
});
