import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { parseClipConfig } from './parse-clip-config.js';
import { testConfig } from './test-support/write-test-model.js';

const parse = (json: Record<string, unknown>) => parseClipConfig(json, 'config.json');

describe('parseClipConfig', () => {
  it('reads every size', () => {
    expect(parse(testConfig)).toEqual({
      projectionSize: 4,
      vision: {
        imageSize: 8,
        patchSize: 4,
        channels: 3,
        width: 12,
        layers: 1,
        heads: 3,
        mlpWidth: 24,
        activation: 'quick_gelu',
        layerNormEpsilon: 1e-5,
      },
      text: {
        vocabularySize: 1587,
        contextLength: 16,
        width: 8,
        layers: 1,
        heads: 2,
        mlpWidth: 16,
        activation: 'quick_gelu',
        layerNormEpsilon: 1e-5,
        bosTokenId: 1585,
        eosTokenId: 1586,
        padTokenId: 1586,
        eotPooling: 'first-eos',
      },
    });
  });

  it("takes Hugging Face's defaults, those of ViT-B/32, where the file is silent", () => {
    const { projectionSize, vision, text } = parse({ model_type: 'clip', text_config: null });
    expect(projectionSize).toBe(512);
    expect(vision).toMatchObject({
      width: 768,
      layers: 12,
      heads: 12,
      mlpWidth: 3072,
      imageSize: 224,
      patchSize: 32,
    });
    expect(text).toMatchObject({ width: 512, heads: 8, mlpWidth: 2048, vocabularySize: 49_408 });
    expect(text).toMatchObject({ contextLength: 77, bosTokenId: 49_406, eosTokenId: 49_407 });
  });

  it('pools at the highest id where the file carries the historical end token 2', () => {
    const text = { ...testConfig.text_config, eos_token_id: 2 };
    expect(parse({ ...testConfig, text_config: text }).text.eotPooling).toBe('argmax');
  });

  it('takes a tower from text_config_dict and its defaults where that is not null', () => {
    const { text } = parse({
      ...testConfig,
      text_config: { ...testConfig.text_config, eos_token_id: 2 },
      text_config_dict: { hidden_size: 768, num_attention_heads: 12 },
      vision_config_dict: null,
    });
    expect(text).toMatchObject({ width: 768, eosTokenId: 49_407, mlpWidth: 2048 });
  });

  it('refuses another kind of model, saying which it is', async () => {
    const siglip = await catchFault(() => parse({ model_type: 'siglip' }));
    expect(siglip.message).toContain('a model of type "siglip", not "clip"');
    const half = { model_type: 'clip', architectures: ['CLIPVisionModelWithProjection'] };
    expect((await catchFault(() => parse(half))).message).toContain(
      'describes CLIPVisionModelWithProjection, not CLIPModel',
    );
    expect((await catchFault(() => parse({}))).message).toContain('names neither');
  });

  it('names every field that is wrong', async () => {
    const fault = await catchFault(() =>
      parse({
        model_type: 'clip',
        projection_dim: 0,
        text_config: { hidden_size: 'wide', num_attention_heads: 7, hidden_act: 'relu' },
        vision_config: { image_size: 30, patch_size: 16, num_channels: 1, num_hidden_layers: 1.5 },
      }),
    );
    expect(fault.violations.map((violation) => violation.field)).toEqual([
      'projection_dim',
      'vision_config.patch_size',
      'vision_config.num_hidden_layers',
      'vision_config.num_channels',
      'text_config.hidden_size',
      'text_config.num_attention_heads',
      'text_config.hidden_act',
    ]);
    expect(fault.message).toContain('hidden_act is "relu", expected quick_gelu or gelu');
    const list = await catchFault(() => parse({ model_type: 'clip', vision_config: [] }));
    expect(list.message).toContain('vision_config is not an object');
  });
});
