import { readFileSync } from 'node:fs';
import { parseSafetensors } from '@holdfast/safetensors';
import { describe, expect, it } from 'vitest';
import { cropImage } from './crop-image.js';
import { decodeImage } from './decode-image.js';
import { defaultImageLimits } from './image-limits.js';
import { resizeBicubic } from './resize-bicubic.js';
import type { RgbImage } from './rgb-image.js';
import { rotateBilinear } from './rotate-bilinear.js';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const { tensors } = parseSafetensors(fixture('expected.safetensors'));
const square: RgbImage = { height: 24, width: 24, data: tensors.get('rgb.png@24')!.data };
const wide = await decodeImage(fixture('rgb.png'), defaultImageLimits);

const named = (prefix: string) =>
  [...tensors]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, { data }]) => [name, name.split('@')[1]!, data] as const);

describe('rotateBilinear', () => {
  it.each(named('rotated-'))('turns as Pillow: %s', (name, degrees, expected) => {
    const image = name.startsWith('rotated-wide') ? wide : square;
    const { data, height, width } = rotateBilinear(image, Number(degrees));
    expect([height, width]).toEqual([image.height, image.width]);
    expect(Buffer.compare(data, expected)).toBe(0);
  });

  it('leaves an image as it is at 0 and 360 degrees', () => {
    for (const degrees of [0, 360]) {
      expect(Buffer.compare(rotateBilinear(wide, degrees).data, wide.data)).toBe(0);
    }
  });
});

describe('cropImage and resizeBicubic', () => {
  it.each(named('cropped@'))('cut and resize as Pillow: %s', (_, box, expected) => {
    const [left, top, right, bottom] = box.split(',').map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const cut = cropImage(square, { top, left, height: bottom - top, width: right - left });
    expect(Buffer.compare(resizeBicubic(cut, square).data, expected)).toBe(0);
  });
});
