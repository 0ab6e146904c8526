import { describe, expect, it } from 'vitest';
import { nameOpenClipTensor } from './open-clip-names.js';
import { createParameterLayout } from './parameter-layout.js';
import { parseClipConfig } from './parse-clip-config.js';
import { planTensors } from './tensor-plan.js';
import { testConfig } from './test-support/write-test-model.js';

const layout = createParameterLayout(parseClipConfig(testConfig, 'config.json'));

describe('planTensors', () => {
  it.each(['transformers', 'open_clip', 'open_clip custom_text'] as const)(
    'places every parameter of a model of %s once',
    (naming) => {
      const placed = [...planTensors(layout, naming).values()].flatMap(({ parts }) => parts);
      expect(placed).toEqual(layout.entries);
    },
  );

  it('joins queries, keys and values and turns projections over for open_clip', () => {
    const plans = planTensors(layout, 'open_clip');
    const block = 'visual.transformer.resblocks.0';
    const joined = plans.get(`${block}.attn.in_proj_weight`)!;
    expect(joined.shape).toEqual([36, 12]);
    expect(joined.parts.map(({ name }) => name.at(-13))).toEqual(['q', 'k', 'v']);
    expect(plans.get(`${block}.attn.in_proj_bias`)!.shape).toEqual([36]);
    expect(plans.get('text_projection')).toMatchObject({ shape: [8, 4], transposed: true });
    expect(plans.get('visual.proj')).toMatchObject({ shape: [12, 4], transposed: true });
  });

  it('puts text. before the tensors of a custom text tower only', () => {
    const names = [...planTensors(layout, 'open_clip custom_text').keys()];
    expect(names).toContain('text.transformer.resblocks.0.mlp.c_proj.bias');
    expect(names).toContain('text.token_embedding.weight');
    expect(names).toContain('visual.conv1.weight');
    expect([...planTensors(layout, 'open_clip').keys()]).toContain('token_embedding.weight');
  });

  it('knows no other parameters', () => {
    expect(() => nameOpenClipTensor('vision_model.gate', '')).toThrow(
      'no place for vision_model.gate',
    );
  });
});
