import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { parsePreprocessing } from './parse-preprocessing.js';
import { testPreprocessing } from './test/write-test-model.js';

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

  it('refuses to resize to less than the crop', async () => {
    const fault = await catchFault(() => parse({ ...testPreprocessing, size: 7 }));
    expect(fault.message).toContain("size is 7, smaller than the model's 8 pixels");
  });
});
