import { createMatrix, type Matrix } from '@holdfast/tensor';
import { loadGolden } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { contrastiveObjective } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import {
  applyNormalizers,
  createNormalizerState,
  type NormalizerState,
  type NormalizerTable,
} from './normalizers.js';

// The golden file holds float64; embeddings and gradients are float32 here: a rounding of 6e-8 in a
// similarity is 1e-6 in exp(s/t) at t = 0.05.
const tolerance = { rtol: 1e-5, atol: 1e-7 };
const pairs = 10;

function goldenMatrix(name: string): Matrix {
  const { shape, data } = loadGolden(name);
  return createMatrix(shape[0]!, shape[1]!, Float32Array.from(data));
}

const indices = Array.from({ length: pairs }, (_, i) => i);
const batch = {
  imageEmbeddings: goldenMatrix('emb_image'),
  textEmbeddings: goldenMatrix('emb_text'),
  captions: indices,
  samples: indices,
  positives: Array.from(loadGolden('pos_mask').data, (x) => x === 1),
};
const positives = indices.filter((i) => batch.positives[i]);
const settings = {
  temperature: 0.05,
  movingAverage: 0.8,
  epsilon: 2 ** -23,
  excludeSameCaption: false,
};

/** Golden normalizers are plain numbers, 0 where a sample was never visited. */
function goldenState(image: string, text: string): NormalizerState {
  const state = createNormalizerState();
  applyNormalizers(state, {
    samples: Uint32Array.from(positives),
    imageLogNormalizers: Float64Array.from(positives, (i) => Math.log(loadGolden(image).data[i]!)),
    textLogNormalizers: Float64Array.from(positives, (i) => Math.log(loadGolden(text).data[i]!)),
  });
  return state;
}

/** The reference's value is sum_ij C_ij s_ij with detached C, which is <dF/dI, I>. */
function surrogateOf(imageGradients: Matrix): number {
  const { data } = batch.imageEmbeddings;
  return imageGradients.data.reduce((sum, gradient, i) => sum + gradient * data[i]!, 0);
}

function expectNormalizers(table: NormalizerTable, image: string, text: string): void {
  const [imageState, textState] = [loadGolden(image).data, loadGolden(text).data];
  expect(table.imageLogNormalizers.map(Math.exp)).toBeAllclose(
    Float64Array.from(table.samples, (sample) => imageState[sample]!),
    tolerance,
  );
  expect(table.textLogNormalizers.map(Math.exp)).toBeAllclose(
    Float64Array.from(table.samples, (sample) => textState[sample]!),
    tolerance,
  );
}

describe('target objective', () => {
  it('gives the golden gradient and normalizers at the first visit', () => {
    const estimate = contrastiveObjective(batch, createNormalizerState(), settings);
    expect(estimate.imageGradients.data).toBeAllclose(
      loadGolden('grad_gcl_epoch0_fi').data,
      tolerance,
    );
    expect(estimate.textGradients.data).toBeAllclose(
      loadGolden('grad_gcl_epoch0_ft').data,
      tolerance,
    );
    expect(surrogateOf(estimate.imageGradients)).toBeAllclose(
      loadGolden('loss_gcl_epoch0').data,
      tolerance,
    );
    expect([...estimate.normalizers.samples]).toEqual(positives);
    expectNormalizers(estimate.normalizers, 'gcl_sI_after0', 'gcl_sT_after0');
  });

  it('gives the golden gradient and normalizers at a later visit', () => {
    const state = goldenState('gcl_sI_before1', 'gcl_sT_before1');
    const estimate = contrastiveObjective(batch, state, settings);
    expect(estimate.imageGradients.data).toBeAllclose(
      loadGolden('grad_gcl_epoch1_fi').data,
      tolerance,
    );
    expect(estimate.textGradients.data).toBeAllclose(
      loadGolden('grad_gcl_epoch1_ft').data,
      tolerance,
    );
    expect(surrogateOf(estimate.imageGradients)).toBeAllclose(
      loadGolden('loss_gcl_epoch1').data,
      tolerance,
    );
    expectNormalizers(estimate.normalizers, 'gcl_sI_after1', 'gcl_sT_after1');
  });
});

describe('joint objective', () => {
  it('gives the golden gradient and normalizers at the first visit', () => {
    const estimate = jointObjective(batch, createNormalizerState(), settings);
    expect(estimate.imageGradients.data).toBeAllclose(
      loadGolden('grad_gclfull_first_fi').data,
      tolerance,
    );
    expect(estimate.textGradients.data).toBeAllclose(
      loadGolden('grad_gclfull_first_ft').data,
      tolerance,
    );
    expect(surrogateOf(estimate.imageGradients)).toBeAllclose(
      loadGolden('loss_gclfull_first').data,
      tolerance,
    );
    expectNormalizers(estimate.normalizers, 'gclfull_sI_after', 'gclfull_sT_after');
  });

  // InfoNCE counts the pair itself: its loss is 1/2B sum log(1 + (B - 1) g), and its gradient is the joint
  // objective's with epsilon = 1/(B - 1), times the logit scale over 2.
  it('is the symmetric InfoNCE loss of CLIP with the anchor among its negatives', () => {
    const scale = 14.2857;
    const estimate = jointObjective(batch, createNormalizerState(), {
      ...settings,
      temperature: 1 / scale,
      epsilon: 1 / (pairs - 1),
    });
    const { imageLogNormalizers, textLogNormalizers } = estimate.normalizers;
    const loss = [...imageLogNormalizers, ...textLogNormalizers]
      .map((log) => Math.log1p((pairs - 1) * Math.exp(log)))
      .reduce((sum, term) => sum + term / (2 * pairs), 0);
    expect(loss).toBeAllclose(loadGolden('loss_clip_scale14.2857').data, tolerance);
    const scaled = (data: Float32Array) => data.map((x) => (x * scale) / 2);
    expect(scaled(estimate.imageGradients.data)).toBeAllclose(
      loadGolden('grad_clip_scale14.2857_fi').data,
      tolerance,
    );
    expect(scaled(estimate.textGradients.data)).toBeAllclose(
      loadGolden('grad_clip_scale14.2857_ft').data,
      tolerance,
    );
  });
});
