import '@holdfast/testing';
import { selectRows } from '@holdfast/tensor';
import { expect, it } from 'vitest';
import { contrastiveObjective } from './contrastive-objective.js';
import { createNormalizerState } from './normalizers.js';
import { objectives } from './objectives.js';
import { randomBatch } from './test-support/random-batch.js';
import { weightedObjective } from './weighted-objective.js';

const settings = {
  ...{ temperature: 0.1, movingAverage: 0.8, epsilon: 2 ** -23, excludeSameCaption: false },
  protectedShare: 0.25,
};
const batch = { ...randomBatch(1), protectedPairs: 4 };
const estimate = (changes: object = {}, set: object = {}) =>
  weightedObjective({ ...batch, ...changes }, createNormalizerState(), { ...settings, ...set });

it('keeps normalizers of target pairs and of protected ones, and their mean where a sample is both', () => {
  const apart = estimate().normalizers;
  expect([...apart.samples]).toEqual([5, 11, 2, 40, 7, 8]);
  const shared = estimate({ samples: [5, 3, 9, 11, 5, 40, 7, 8] }).normalizers;
  expect([...shared.samples]).toEqual([5, 11, 40, 7, 8]);
  const [first, fifth] = [0, 2].map((i) => Math.exp(apart.imageLogNormalizers[i]!));
  expect(Math.exp(shared.imageLogNormalizers[0]!)).toBeAllclose((first! + fifth!) / 2, {
    rtol: 1e-14,
  });
});

it('does not move the pairs that only the other part sees', () => {
  const { imageGradients } = estimate();
  const moved = { ...batch, imageEmbeddings: structuredClone(batch.imageEmbeddings) };
  // Of the first four pairs, whose gradients change, none is a protected pair's negative.
  moved.imageEmbeddings.data.copyWithin(0, 6, 12);
  const other = estimate(moved).imageGradients;
  expect(other.data.slice(24)).toEqual(imageGradients.data.slice(24));
  expect(other.data.slice(0, 24)).not.toEqual(imageGradients.data.slice(0, 24));
});

it('is its part of the targets where a step drew one protected caption alone', () => {
  const last = batch.captions[7]!;
  const captions = [...Array.from(batch.captions).slice(0, 4), last, last, last, last];
  const alone = estimate({ captions }, { excludeSameCaption: true });
  const targets = contrastiveObjective(
    {
      ...batch,
      imageEmbeddings: selectRows(batch.imageEmbeddings, [0, 1, 2, 3]),
      ...{ captions: captions.slice(0, 4), samples: Array.from(batch.samples).slice(0, 4) },
      positives: Array.from(batch.positives).slice(0, 4),
    },
    createNormalizerState(),
    settings,
  );
  expect(alone.value).toBe(0.75 * targets.value);
  expect([...alone.imageGradients.data.slice(24)]).toEqual(Array(24).fill(0));
  expect(alone.normalizers.samples).toEqual(targets.normalizers.samples);
  expect(objectives.weighted.describeLack({ ...batch, captions }, settings)).toBeUndefined();
  // Two captions are contrasted.
  const two = estimate(
    { captions: [...captions.slice(0, 7), Number(last === 0)] },
    { excludeSameCaption: true },
  );
  expect(two.value).not.toBe(alone.value);
});

it('omits the gradients of images where nobody reads them', () => {
  const whole = estimate();
  const omitted = estimate({ omitImageGradients: true });
  expect(omitted.imageGradients).toMatchObject({ rows: 0, columns: 6 });
  expect(omitted.textGradients).toEqual(whole.textGradients);
});

it.each([
  [{}, { protectedShare: 1 }, 'is in (0, 1), not 1'],
  [{}, { protectedShare: undefined }, 'is in (0, 1), not 0'],
  [{ protectedPairs: 9 }, {}, 'at most as many protected pairs, not 9'],
  [{ protectedPairs: 1 }, {}, 'no pair of the batch has a negative'],
  [{ protectedPairs: 8 }, {}, 'needs target pairs and negatives, not 0 and 0'],
  [{ samples: [1] }, {}, '8 pairs need as many captions and samples, not 8 and 1'],
])('refuses %o with %o', (wrong, set, message) => {
  expect(() => estimate(wrong, set)).toThrow(message);
});

it.each([
  [{ protectedPairs: 1 }, 'protected_pairs', 'is 1 of 8 pairs'],
  [{ protectedPairs: 9 }, 'protected_pairs', 'is 9 of 8 pairs'],
  [{ protectedPairs: 7 }, 'positives', 'at least one target pair and one negative'],
])('says what a batch lacks: %o', (changes, field, description) => {
  const lack = objectives.weighted.describeLack({ ...batch, ...changes }, settings);
  expect(lack).toEqual({ field, description: expect.stringContaining(description) });
});
