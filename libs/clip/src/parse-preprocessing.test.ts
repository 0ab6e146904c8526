import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { parsePreprocessing } from './parse-preprocessing.js';
import { testPreprocessing } from './test-support/write-test-model.js';

const parse = (json: Record<string, unknown>, imageSize = 8) =>
  parsePreprocessing(json, { file: 'preprocessor_config.json', imageSize });

describe('parsePreprocessing', () => {
  it('reads sizes as objects and as numbers', () => {
    const expected = {
      doResize: true,
      shortestEdge: 8,
      cropHeight: 8,
      cropWidth: 8,
      doRescale: true,
      rescaleFactor: 1 / 255,
      doNormalize: true,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.3, 0.4],
    };
    expect(parse(testPreprocessing)).toEqual(expected);
    expect(parse({ ...testPreprocessing, size: 8, crop_size: 8 })).toEqual(expected);
  });

  it("takes CLIPImageProcessor's defaults where the file is silent", () => {
    expect(parse({}, 224)).toMatchObject({
      shortestEdge: 224,
      cropHeight: 224,
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    });
  });

  it('names every field that is not supported or not like the model', async () => {
    const fault = await catchFault(() =>
      parse({
        resample: 2,
        size: { height: 8, width: 8 },
        crop_size: { height: 8, width: 9 },
        do_center_crop: false,
        do_rescale: 'yes',
        image_mean: [0.5],
        image_std: [0, 1, 1],
      }),
    );
    expect(fault.violations.map((violation) => violation.field)).toEqual([
      'crop_size',
      'size',
      'resample',
      'do_center_crop',
      'do_rescale',
      'image_mean',
      'image_std',
    ]);
    expect(fault.message).toContain('crop_size is 8 x 9, but config.json says image_size 8');
  });

  it.each([
    ['use_square_size', true, 'resizes to a square without cropping'],
    ['do_pad', true, 'pads images'],
    ['rescale_offset', true, 'shifts the values'],
    ['offset', true, 'shifts the values'],
    ['crop_pct', 0.9, 'resizes by a share'],
    ['input_data_format', 'channels_last', 'how arrays are laid out'],
    ['auto_map', { AutoImageProcessor: 'mine.Processor' }, 'names code of the model'],
    ['do_sharpen', true, 'which Holdfast does not know'],
    ['do_convert_rgb', false, 'it must be true'],
    ['image_processor_type', 'ViTImageProcessor', 'only CLIPImageProcessor is supported'],
    ['image_processor_type', 'SiglipImageProcessorFast', 'only CLIPImageProcessor is supported'],
    ['image_processor_type', 'ConvNextImageProcessor', 'only CLIPImageProcessor is supported'],
    ['image_processor_type', 'BlipImageProcessor', 'only CLIPImageProcessor is supported'],
    ['feature_extractor_type', 'ViTFeatureExtractor', 'only CLIPImageProcessor is supported'],
    ['size', { shortest_edge: 8, longest_edge: 16 }, 'bounds the longer edge'],
    ['size', { longest_edge: 8 }, 'has no shortest_edge'],
    ['size', { height: 8, width: 8 }, 'has no shortest_edge'],
    ['crop_size', { height: 8, width: 8, shortest_edge: 8 }, 'which Holdfast does not know'],
  ])('refuses %s %j, which would make other pixels', async (field, value, why) => {
    const fault = await catchFault(() => parse({ ...testPreprocessing, [field]: value }));
    expect(fault.violations).toHaveLength(1);
    expect(fault.violations[0]!.field).toMatch(new RegExp(`^${field}`));
    expect(fault.violations[0]!.description).toContain(why);
  });

  it('takes a number as the shorter edge, unless it is to be a square', async () => {
    expect(parse({ ...testPreprocessing, size: 8, default_to_square: false }).shortestEdge).toBe(8);
    const square = { ...testPreprocessing, size: 8, default_to_square: true };
    const fault = await catchFault(() => parse(square));
    expect(fault.message).toContain('default_to_square is true');
    const object = { ...testPreprocessing, default_to_square: true };
    expect(parse(object).shortestEdge).toBe(8);
  });

  it('reads what the processors of transformers 4 and 5 write, whose other fields change no pixel', () => {
    // save_pretrained of CLIPImageProcessorFast in transformers 4.57 and of CLIPImageProcessor in 5.24.
    const older = {
      crop_size: null,
      data_format: 'channels_first',
      default_to_square: false,
      device: null,
      disable_grouping: null,
      do_convert_rgb: true,
      do_pad: null,
      input_data_format: null,
      pad_size: null,
      return_tensors: null,
      image_processor_type: 'CLIPImageProcessorFast',
      processor_class: 'CLIPProcessor',
      _valid_processor_keys: ['images', 'do_resize', 'size'],
    };
    const newer = { image_processor_type: 'CLIPImageProcessor', data_format: 'channels_first' };
    const plain = parse(testPreprocessing);
    expect(parse({ ...older, ...testPreprocessing })).toEqual(plain);
    expect(parse({ ...newer, ...testPreprocessing })).toEqual(plain);
  });

  it('does not ask how to resize where nothing is resized', () => {
    const settings = { ...testPreprocessing, do_resize: false, size: { height: 9, width: 9 } };
    expect(parse(settings)).toMatchObject({ doResize: false, cropHeight: 8 });
  });

  it('refuses to resize to less than the crop', async () => {
    const fault = await catchFault(() => parse({ ...testPreprocessing, size: 7 }));
    expect(fault.message).toContain("size is 7, smaller than the model's 8 pixels");
  });
});
