import { readFileSync } from 'node:fs';
import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { findThresholds } from './find-thresholds.js';
import { measureDepth } from './measure-depth.js';
import { mergeDare } from './merge-dare.js';
import { mergeLinear } from './merge-linear.js';
import { mergeTies } from './merge-ties.js';

/** What mergekit, PEFT and numpy make of the same task vectors (`fixtures/make-golden.py`). */
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/golden.json', import.meta.url), 'utf8'),
);
const base = Float32Array.from(golden.base);
const models: Float32Array[] = golden.models.map((values: number[]) => Float32Array.from(values));
const casesOf = (method: string) =>
  golden.cases.filter((one: { method: string }) => one.method === method);

/** The nearest float32 and nothing else: both sides add in float64. */
function expectMerged(merged: Float32Array, expected: readonly number[]) {
  expect(merged).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) {
    expect(Math.abs(merged[at]! - value), `element ${at}`).toBeLessThan(2 ** -24);
  }
}

describe('mergeLinear', () => {
  it('is what PEFT makes by task arithmetic, weights below 0 included', () => {
    for (const { weights, scale, merged } of casesOf('linear')) {
      expectMerged(mergeLinear({ base, models, weights, scale }), merged);
    }
  });

  it('gives a model back, the mean of two, and the base for a scale of 0', () => {
    const [one, two] = models as [Float32Array, Float32Array];
    expect(mergeLinear({ base, models: [one], weights: [1], scale: 1 })).toEqual(one);
    const mean = mergeLinear({ base, models: [one, two], weights: [0.5, 0.5], scale: 1 });
    expectMerged(
      mean,
      [...one].map((value, at) => (value + two[at]!) / 2),
    );
    expect(mergeLinear({ base, models, weights: [1, 1, 1], scale: 0 })).toEqual(base);
  });

  it('refuses arrays and weights that do not go together', () => {
    const short = [base.subarray(1)];
    expect(() => mergeLinear({ base, models: short, weights: [1], scale: 1 })).toThrow(
      'the models have 79 elements, not 80',
    );
    expect(() => mergeLinear({ base, models, weights: [1], scale: 1 })).toThrow(
      '3 models have 1 weights',
    );
  });
});

describe('mergeTies', () => {
  /** The base and models in pieces, as a whole model comes. */
  const visit: Parameters<typeof findThresholds>[0] = async (see) => {
    for (let start = 0; start < base.length; start += 17) {
      const piece = (values: Float32Array) => values.subarray(start, start + 17);
      see(piece(base), models.map(piece));
    }
  };

  it('is what mergekit makes of the whole model at once', async () => {
    for (const { weights, density, scale, merged } of casesOf('ties')) {
      const thresholds = await findThresholds(visit, { models: models.length, density });
      expectMerged(mergeTies({ base, models, weights, scale }, thresholds), merged);
    }
  });

  it('takes plus where the changes cancel, and the base where nothing is kept', () => {
    const old = Float32Array.of(0.5, 0.5);
    const changed = [Float32Array.of(0.75, 0.6), Float32Array.of(0.25, 0.4)];
    const merged = mergeTies({ base: old, models: changed, weights: [1, 1], scale: 1 }, [0.2, 0.2]);
    expect(merged).toEqual(Float32Array.of(0.75, 0.5));
  });
});

describe('findThresholds', () => {
  const find = (changes: readonly number[], density: number) => {
    const visit = async (see: (base: Float32Array, models: Float32Array[]) => void) =>
      see(new Float32Array(changes.length), [Float32Array.from(changes)]);
    return findThresholds(visit, { models: 1, density });
  };

  it.each([
    [1, 1e-30],
    [0.5, 3],
    [0.31, 3],
    [0.2, -4],
    [0.0001, -4],
  ])('a share of %d keeps what is at least |%d|', async (density, least) => {
    expect(await find([1e-30, -3, 0.25, 3, -4], density)).toEqual([Math.fround(Math.abs(least))]);
  });

  it('tells magnitudes apart that differ in the last bit alone', async () => {
    const [low, high] = [1 + 2 ** -23, 1 + 2 ** -22];
    expect(await find([low, 1, high, -1], 0.5)).toEqual([low]);
    expect(await find([low, 1, high, -1], 0.25)).toEqual([high]);
  });

  it('finds what sorting finds', async () => {
    const random = createRandom(3);
    const changes = Float32Array.from({ length: 1000 }, () => random.normal() ** 5);
    const sorted = changes.map(Math.abs).sort().reverse();
    for (const density of [0.001, 0.2, 0.777, 1]) {
      const rank = Math.round(1000 * density);
      expect(await find([...changes], density)).toEqual([sorted[rank - 1]]);
    }
  });

  it('refuses a model without parameters', async () => {
    await expect(find([], 0.5)).rejects.toThrow('there is no parameter to trim');
  });
});

describe('mergeDare', () => {
  it('is what PEFT makes where both drop the same elements', () => {
    for (const { weights, density, scale, merged } of casesOf('dare')) {
      const randoms = golden.uniforms.map((row: number[]) => {
        const numbers = row.values();
        return { uniform: () => numbers.next().value };
      });
      expectMerged(mergeDare({ base, models, weights, scale }, { density, randoms }), merged);
    }
  });

  it('keeps about its share of the elements, and the mean of the change', () => {
    const size = 100_000;
    const vectors = { models: [new Float32Array(size).fill(1)], weights: [1], scale: 1 };
    const settings = { density: 0.2, randoms: [createRandom(5, 0, 0)] };
    const merged = mergeDare({ base: new Float32Array(size), ...vectors }, settings);
    const kept = merged.filter((value) => value === 5).length;
    expect(merged.filter((value) => value === 0)).toHaveLength(size - kept);
    // Five standard errors of a share of 0.2 among 100,000.
    expect(Math.abs(kept / size - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / size));
  });

  it('keeps everything at a density of 1', () => {
    const vectors = { base, models, weights: [1, 1, 1], scale: 1 };
    const settings = { density: 1, randoms: [1, 2, 3].map((i) => createRandom(0, i)) };
    expect(mergeDare(vectors, settings)).toEqual(mergeLinear(vectors));
  });
});

describe('measureDepth', () => {
  const layers = { vision: 12, text: 1 };

  it.each([
    ['vision_model.embeddings.class_embedding', 0],
    ['vision_model.embeddings.patch_embedding.weight', 0],
    ['vision_model.pre_layrnorm.bias', 0],
    ['vision_model.encoder.layers.0.mlp.fc1.weight', 0],
    ['vision_model.encoder.layers.1.layer_norm1.weight', 1 / 11],
    ['vision_model.encoder.layers.11.self_attn.q_proj.bias', 1],
    ['vision_model.post_layernorm.weight', 1],
    ['visual_projection.weight', 1],
    ['text_model.embeddings.token_embedding.weight', 0],
    ['text_model.encoder.layers.0.mlp.fc1.weight', 1],
    ['text_model.final_layer_norm.bias', 1],
    ['text_projection.weight', 1],
  ])('%s lies at %d', (parameter, depth) => {
    expect(measureDepth(parameter, layers)).toBe(depth);
  });

  it('scales a tower of four as the paper does', () => {
    for (const { weights, scale, alpha, beta, merged } of casesOf('lines')) {
      const size = base.length / 4;
      for (let block = 0; block < 4; block += 1) {
        const piece = (values: Float32Array) => values.subarray(block * size, (block + 1) * size);
        const name = `text_model.encoder.layers.${block}.mlp.fc1.weight`;
        const factor = alpha + beta * measureDepth(name, { vision: 1, text: 4 });
        const vectors = { base: piece(base), models: models.map(piece), weights };
        const expected = merged.slice(block * size, (block + 1) * size);
        expectMerged(mergeLinear({ ...vectors, scale: scale * factor }), expected);
      }
    }
  });

  it('refuses what lies in no tower', () => {
    expect(() => measureDepth('heads.A', layers)).toThrow('heads.A lies in no tower');
  });
});
