import { describe, expect, it } from 'vitest';
import { initializeHeads } from './initialize-heads.js';
import { createParameterLayout } from './parameter-layout.js';
import { parseClipConfig } from './parse-clip-config.js';
import { testConfig } from './test-support/write-test-model.js';

const config = parseClipConfig(testConfig, 'config.json');

describe('createParameterLayout', () => {
  it('has every parameter of the model once, aligned and apart', () => {
    const layout = createParameterLayout(config);
    // 5 of the embeddings, 2 projections, 6 of the outer norms, 16 in each of two layers.
    expect(layout.entries).toHaveLength(5 + 2 + 6 + 32);
    let end = 0;
    for (const { offset, size, shape } of layout.entries) {
      expect(offset % 16).toBe(0);
      expect(offset - end).toBeGreaterThanOrEqual(0);
      expect(offset - end).toBeLessThan(16);
      expect(size).toBe(shape.reduce((a, b) => a * b, 1));
      end = offset + size;
    }
    expect(layout.length - end).toBeLessThan(16);
    expect(layout.count).toBe(layout.entries.reduce((sum, entry) => sum + entry.size, 0));
  });

  it('gives shapes from the configuration and knows no other name', () => {
    const layout = createParameterLayout(config);
    expect(layout.get('vision_model.embeddings.position_embedding.weight').shape).toEqual([5, 12]);
    expect(layout.get('vision_model.embeddings.patch_embedding.weight').shape).toEqual([
      12, 3, 4, 4,
    ]);
    expect(layout.get('text_model.encoder.layers.0.mlp.fc2.weight').shape).toEqual([8, 16]);
    expect(() => layout.get('logit_scale')).toThrow(RangeError);
  });

  it('puts the weights of query, key and value side by side', () => {
    const layout = createParameterLayout(config);
    const names = layout.entries.map((entry) => entry.name);
    const query = names.indexOf('text_model.encoder.layers.0.self_attn.q_proj.weight');
    expect(names.slice(query, query + 3).map((name) => name.split('.')[5])).toEqual([
      'q_proj',
      'k_proj',
      'v_proj',
    ]);
  });

  it('appends heads, if there are any', () => {
    const plain = createParameterLayout(config);
    const layout = createParameterLayout(config, { count: 3, rank: 2 });
    expect(layout.get('heads.A')).toMatchObject({ shape: [3, 8, 2], offset: plain.length });
    expect(layout.get('heads.B').shape).toEqual([3, 2, 4]);
    expect(createParameterLayout(config, { count: 0, rank: 2 }).length).toBe(plain.length);
  });
});

describe('initializeHeads', () => {
  it('draws A with variance 1 / width and leaves B at zero, the same for the same seed', () => {
    const layout = createParameterLayout(config, { count: 500, rank: 2 });
    const draw = (seed: number) => {
      const parameters = new Float32Array(layout.length).fill(9);
      initializeHeads(layout, parameters, seed);
      return parameters;
    };
    const parameters = draw(1);
    const { offset, size } = layout.get('heads.A');
    const a = parameters.subarray(offset, offset + size);
    const variance = a.reduce((sum, x) => sum + x * x, 0) / size;
    // 8000 normal numbers: the variance is known to 5 standard errors of sqrt(2 / 8000).
    expect(Math.abs(variance * 8 - 1)).toBeLessThan(0.08);
    const b = layout.get('heads.B');
    expect(parameters.subarray(b.offset, b.offset + b.size).every((x) => x === 0)).toBe(true);
    expect(parameters[0]).toBe(9);
    expect(draw(1)).toEqual(parameters);
    expect(draw(2)).not.toEqual(parameters);
  });

  it('changes nothing where the layout has no heads', () => {
    const parameters = new Float32Array(4).fill(3);
    initializeHeads(createParameterLayout(config), parameters, 1);
    expect([...parameters]).toEqual([3, 3, 3, 3]);
  });
});
