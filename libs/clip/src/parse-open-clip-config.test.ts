import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { parseOpenClipConfig } from './parse-open-clip-config.js';

const parse = (model: object, preprocessing: object = {}) =>
  parseOpenClipConfig(
    { model_cfg: { embed_dim: 512, ...model }, preprocess_cfg: preprocessing },
    'open_clip_config.json',
  );

describe('parseOpenClipConfig', () => {
  it("takes open_clip's defaults where the file is silent", () => {
    const { config, preprocessing } = parse({});
    expect(config).toMatchObject({
      projectionSize: 512,
      vision: { width: 768, layers: 12, heads: 12, mlpWidth: 3072, imageSize: 224, patchSize: 16 },
      text: { width: 512, layers: 12, heads: 8, vocabularySize: 49_408, contextLength: 77 },
    });
    expect(config.vision).toMatchObject({ activation: 'gelu', layerNormEpsilon: 1e-5 });
    expect(config.text).toMatchObject({ activation: 'gelu', eotPooling: 'argmax' });
    expect(preprocessing).toMatchObject({
      shortestEdge: 224,
      mean: [0.48145466, 0.4578275, 0.40821073],
    });
  });

  it('reads every size, as numbers and as pairs', () => {
    const { config, preprocessing } = parse(
      {
        quick_gelu: true,
        custom_text: true,
        vision_cfg: {
          image_size: [336, 336],
          patch_size: [14, 14],
          width: 1408,
          head_width: 88,
          mlp_ratio: 4.3637,
          layers: 40,
          norm_kwargs: { eps: 1e-6 },
          patch_dropout: 0.5,
        },
        text_cfg: { width: 768, heads: 12, pool_type: 'eos', eos_id: 7, vocab_size: 100 },
      },
      { mean: 0.5, std: [0.1, 0.2, 0.3], interpolation: 'random', size: [224, 224] },
    );
    // int(1408 * 4.3637), as Python computes it.
    expect(config.vision).toMatchObject({ width: 1408, heads: 16, mlpWidth: 6144, layers: 40 });
    expect(config.vision).toMatchObject({ imageSize: 336, patchSize: 14, layerNormEpsilon: 1e-6 });
    expect(config.vision.activation).toBe('quick_gelu');
    expect(config.text).toMatchObject({ eotPooling: 'first-eos', eosTokenId: 7 });
    expect(preprocessing).toMatchObject({ cropHeight: 336, mean: [0.5, 0.5, 0.5] });
  });

  it.each<[string, object, object, string]>([
    ['no size', { embed_dim: null }, {}, 'model_cfg.embed_dim is missing'],
    [
      'a ResNet',
      { vision_cfg: { layers: [3, 4, 6, 3] } },
      {},
      'vision_cfg.layers is [3,4,6,3], those of a ResNet',
    ],
    ['timm', { vision_cfg: { timm_model_name: 'vit' } }, {}, 'which names a tower of timm'],
    ['another text tower', { text_cfg: { hf_model_name: 'xlm' } }, {}, 'text_cfg.hf_model_name is'],
    ['SigLIP', { init_logit_bias: -10 }, {}, 'init_logit_bias is -10, which belongs to a SigLIP'],
    ['CoCa', { multimodal_cfg: { width: 1 } }, {}, 'which describes a CoCa model'],
    [
      'attention pooling',
      { vision_cfg: { attentional_pool: true } },
      {},
      'attentional_pool is true',
    ],
    ['mean pooling', { vision_cfg: { pool_type: 'avg' } }, {}, 'pool_type is "avg", expected tok'],
    ['last pooling', { text_cfg: { pool_type: 'last' } }, {}, 'expected argmax or eos'],
    ['two-way attention', { text_cfg: { no_causal_mask: true } }, {}, 'no_causal_mask is true'],
    ['layer scale', { vision_cfg: { ls_init_value: 0.1 } }, {}, 'vision_cfg.ls_init_value is 0.1'],
    ['no projection', { text_cfg: { proj_type: 'none' } }, {}, 'proj_type is "none"'],
    ['fixed positions', { vision_cfg: { pos_embed_type: 'sin_cos_2d' } }, {}, 'expected learnable'],
    [
      'what is not known',
      { text_cfg: { rope: true } },
      {},
      'rope is true, which Holdfast does not',
    ],
    ['other norms', { text_cfg: { norm_kwargs: { bias: 1 } } }, {}, 'norm_kwargs.bias is 1'],
    ['oblong images', { vision_cfg: { image_size: [224, 336] } }, {}, 'only squares are supported'],
    [
      'a rest of patches',
      { vision_cfg: { image_size: 225 } },
      {},
      'does not divide image_size 225',
    ],
    ['a rest of heads', { vision_cfg: { head_width: 100 } }, {}, 'head_width is 100'],
    ['a rest of text heads', { text_cfg: { heads: 7 } }, {}, 'heads is 7, which does not divide'],
    ['squashed images', {}, { resize_mode: 'squash' }, 'preprocess_cfg.resize_mode is "squash"'],
    ['bilinear resizing', {}, { interpolation: 'bilinear' }, 'interpolation is "bilinear"'],
    ['a mean that is none', {}, { mean: 'grey' }, 'preprocess_cfg.mean is "grey"'],
  ])('refuses %s, naming the field', async (_, model, preprocessing, message) => {
    const fault = await catchFault(() => parse(model, preprocessing));
    expect(fault.kind).toBe('invalid');
    expect(fault.message).toContain(message);
  });

  it('names everything at once', async () => {
    const fault = await catchFault(() =>
      parse({ init_logit_bias: 1, vision_cfg: { no_ln_pre: true }, text_cfg: { embed_cls: true } }),
    );
    expect(fault.violations.map(({ field }) => field)).toEqual([
      'model_cfg.init_logit_bias',
      'model_cfg.vision_cfg.no_ln_pre',
      'model_cfg.text_cfg.embed_cls',
    ]);
  });
});
