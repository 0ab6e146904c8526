import '@holdfast/testing';
import { isFault } from '@holdfast/fault';
import { createMatrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import type { ObjectiveSettings } from './contrastive-batch.js';
import { contrastiveObjective } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import { applyNormalizers, createNormalizerState, listNormalizers } from './normalizers.js';
import { randomBatch } from './test-support/random-batch.js';

const settings: ObjectiveSettings = {
  temperature: 0.05,
  movingAverage: 0.8,
  epsilon: 2 ** -23,
  excludeSameCaption: false,
};

it("leaves the images' gradient out where nobody reads it, and the rest as it is", () => {
  const batch = randomBatch(1);
  const whole = jointObjective(batch, createNormalizerState(), settings);
  const omitted = { ...batch, omitImageGradients: true };
  const part = jointObjective(omitted, createNormalizerState(), settings);
  expect(part.imageGradients.rows).toBe(0);
  expect({ ...part, imageGradients: whole.imageGradients }).toEqual(whole);
});

describe('normalizers', () => {
  // Fault 2 of the reference implementation: a sample first met after epoch 0 was averaged from 0.
  it('start at the first partition term whenever a sample is first met', () => {
    const batch = randomBatch(1);
    const fresh = contrastiveObjective(batch, createNormalizerState(), settings);
    const state = createNormalizerState();
    for (let step = 0; step < 3; step += 1) {
      const others = { ...randomBatch(20 + step), samples: [100, 3, 9, 101, 2, 40, 7, 102] };
      applyNormalizers(state, contrastiveObjective(others, state, settings).normalizers);
    }
    const late = contrastiveObjective(batch, state, settings);
    expect(late.normalizers).toEqual(fresh.normalizers);
    expect(late.imageGradients).toEqual(fresh.imageGradients);
  });

  it('of samples that are not in the batch stay untouched', () => {
    const state = createNormalizerState();
    applyNormalizers(state, jointObjective(randomBatch(1), state, settings).normalizers);
    const before = listNormalizers(state);
    const others = { ...randomBatch(2), samples: [5, 103, 109, 111, 102, 140, 107, 108] };
    const { normalizers } = jointObjective(others, state, settings);
    // The objective itself changes nothing; the caller applies what it returns.
    expect(listNormalizers(state)).toEqual(before);
    applyNormalizers(state, normalizers);
    const after = listNormalizers(state);
    const changed = [...before.samples].filter(
      (sample, i) => before.imageLogNormalizers[i] !== state.imageLogNormalizers.get(sample),
    );
    expect(changed).toEqual([5]);
    expect(after.samples).toHaveLength(15);
  });

  it('belong to positives only in the target objective, to every pair in the joint one', () => {
    const batch = randomBatch(1);
    const target = contrastiveObjective(batch, createNormalizerState(), settings);
    expect([...target.normalizers.samples]).toEqual([5, 11, 8]);
    const joint = jointObjective(batch, createNormalizerState(), settings);
    expect([...joint.normalizers.samples]).toEqual(batch.samples);
  });

  it('move once, towards the mean, where a sample comes twice', () => {
    const batch = randomBatch(1);
    const apart = jointObjective(batch, createNormalizerState(), settings).normalizers;
    const samples = [5, 3, 9, 5, 2, 40, 7, 8];
    const shared = jointObjective({ ...batch, samples }, createNormalizerState(), settings);
    const [first, fourth] = [0, 3].map((i) => Math.exp(apart.imageLogNormalizers[i]!));
    expect(Math.exp(shared.normalizers.imageLogNormalizers[0]!)).toBeAllclose(
      (first! + fourth!) / 2,
      { rtol: 1e-14 },
    );
  });
});

describe('extremes', () => {
  /** Two pairs whose own caption is opposite and whose negative is identical: s_ij - s_ii = 2. */
  const hardest = {
    imageEmbeddings: createMatrix(2, 2, Float32Array.of(1, 0, -1, 0)),
    textEmbeddings: createMatrix(2, 2, Float32Array.of(-1, 0, 1, 0)),
    captions: [0, 1],
    samples: [0, 1],
    positives: [true, false],
  };

  it.each([0.01, 1e-4])('neither overflow nor vanish at temperature %f', (temperature) => {
    const sharp = { ...settings, temperature };
    const joint = jointObjective(hardest, createNormalizerState(), sharp);
    // t log exp(2/t) in both directions.
    expect(joint.value).toBeAllclose(4, { rtol: 1e-12 });
    // Weight 1 on d(s_ij - s_ii) in both directions, over two anchors.
    expect([...joint.imageGradients.data]).toEqual([2, 0, -2, 0]);
    const target = contrastiveObjective(hardest, createNormalizerState(), sharp);
    expect(target.value).toBeAllclose(4, { rtol: 1e-12 });
  });

  it('positives far ahead of every negative stop pulling', () => {
    const easiest = { ...hardest, captions: [1, 0] };
    const { imageGradients, value } = contrastiveObjective(easiest, createNormalizerState(), {
      ...settings,
      temperature: 0.1,
    });
    expect(value).toBeAllclose(-4, { rtol: 1e-12 });
    // 0.017, where the gradient of F itself has weight 1.
    const weight = Math.exp(-20) / (Math.exp(-20) + settings.epsilon);
    // Image direction: its own caption up, the other down, 2 apart; text direction: its own caption up.
    expect(imageGradients.data[0]).toBeAllclose(-3 * weight, { rtol: 1e-6 });
  });

  it('a pair without a negative of another caption adds nothing', () => {
    const batch = { ...randomBatch(1), captions: [0, 0, 0, 0, 0, 0, 0, 0] };
    const exclusive = { ...settings, excludeSameCaption: true };
    expect(() => jointObjective(batch, createNormalizerState(), exclusive)).toThrow(
      'no pair of the batch has a negative',
    );
    const one = { ...batch, captions: [0, 0, 0, 1, 0, 0, 0, 0] };
    const estimate = jointObjective(one, createNormalizerState(), exclusive);
    expect(estimate.normalizers.samples).toHaveLength(8);
    expect(Number.isFinite(estimate.value)).toBe(true);
  });
});

describe('refusals', () => {
  const state = createNormalizerState();
  const batch = randomBatch(1);

  it('name an embedding that is not finite and say what to do', () => {
    const spoiled = { ...batch, textEmbeddings: createMatrix(5, 6) };
    spoiled.textEmbeddings.data[13] = Number.NaN;
    const attempt = () => jointObjective(spoiled, state, settings);
    expect(attempt).toThrow(/text embeddings of the objective: row 2 has NaN.*learning rate/);
    expect(attempt).toThrow(expect.toSatisfy((e) => isFault(e) && e.kind === 'diverged'));
  });

  it.each([
    [{ temperature: 0 }, 'temperature is positive, not 0'],
    [{ movingAverage: 0 }, 'in (0, 1], not 0'],
    [{ movingAverage: 1.5 }, 'in (0, 1], not 1.5'],
    [{ epsilon: -1 }, 'at least 0, not -1'],
  ])('of settings %o', (wrong, message) => {
    expect(() => jointObjective(batch, state, { ...settings, ...wrong })).toThrow(message);
  });

  it.each([
    [{ captions: [0, 1, 2, 0, 3, 1, 5, 0] }, 'captions[6] is 5, not a row of 5'],
    [{ captions: [0] }, '8 pairs need as many captions and samples, not 1 and 8'],
    [{ samples: [0] }, '8 pairs need as many captions and samples, not 8 and 1'],
    [{ textEmbeddings: createMatrix(5, 4) }, 'images have 6 columns, texts have 4'],
    [{ positives: [true] }, '8 pairs need as many positives, not 1'],
    [{ positives: Array(8).fill(true) as boolean[] }, 'not 8 and 0'],
  ])('of a batch whose parts do not fit together', (wrong, message) => {
    expect(() => contrastiveObjective({ ...batch, ...wrong }, state, settings)).toThrow(message);
  });
});
