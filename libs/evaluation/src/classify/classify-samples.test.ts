import type { Sample } from '@holdfast/dataset';
import { EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix } from '@holdfast/run-kit';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { classifySamples } from './classify-samples.js';

/** Unit vectors of two dimensions, by angle in degrees. */
function direct(angles: readonly number[]): Matrix {
  const radians = angles.map((angle) => (angle * Math.PI) / 180);
  return createMatrix(
    angles.length,
    2,
    Float32Array.from(radians.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  );
}

const classes = ['dog', 'fifty', 'frog', 'thirty'];
const prompts = { classifierPrompts: [['0'], ['40', '60'], ['90'], ['10', '30']] };
const spaces = [
  { name: undefined, classes: [1, 3] },
  { name: 'objects', classes: [0, 2] },
];
const show = (label: string, angle: number) => ({ label, index: angle }) as Sample;

/** Most texts that were asked for at once. */
let textsMost = 0;

/** A text is the angle that it names, an image that of its index. */
const encoder = {
  async encode({
    texts,
    images,
  }: {
    texts?: { texts?: string[] };
    images?: { samples?: number[] };
  }) {
    textsMost = Math.max(textsMost, texts?.texts?.length ?? 0);
    return EncodeResponse.fromPartial({
      textEmbeddings: texts && fromMatrix(direct(texts.texts!.map(Number))),
      imageEmbeddings: images && fromMatrix(direct(images.samples!)),
    });
  },
};

const classify = (samples: Sample[], among = spaces) =>
  classifySamples(
    { encoder: encoder as never, runId: 'run', headOf: () => -1 },
    { classes, spaces: among, prompts, samples, temperature: 0.1 },
  );

describe('classifySamples', () => {
  it('tells each sample apart among the classes of its own label, whatever else is nearer', async () => {
    const {
      classes: found,
      losses,
      confidences,
    } = await classify([
      show('frog', 44),
      show('thirty', 2),
      show('dog', 46),
      show('fifty', 80),
      show('?', 3),
    ]);
    expect([...found].map((index) => classes[index])).toEqual([
      'dog',
      'thirty',
      'frog',
      'fifty',
      'thirty',
    ]);
    // Softmax over cos 44 and cos 46 alone, at temperature 0.1.
    const [own, other] = [46, 44].map((angle) => Math.cos((angle * Math.PI) / 180) / 0.1);
    expect(losses[0]).toBeCloseTo(Math.log(1 + Math.exp(other! - own!)), 5);
    expect(confidences![0]).toBeCloseTo(1 / (1 + Math.exp(own! - other!)), 5);
    expect(losses[4]).toBeNaN();
    expect(confidences![4]).toBeGreaterThan(0.5);
  });

  it('tells apart among all classes where there is one space', async () => {
    const { classes: found } = await classify(
      [show('frog', 44), show('thirty', 2)],
      [{ name: undefined, classes: [0, 1, 2, 3] } as never],
    );
    expect([...found].map((index) => classes[index])).toEqual(['fifty', 'dog']);
  });
});

it('finds an image its caption among thousands, which are embedded some at a time', async () => {
  const captions = Array.from({ length: 18_000 }, (_, i) => String(i / 50));
  const found = await classifySamples(
    { encoder, runId: 'run', headOf: () => -1 },
    {
      classes: captions,
      spaces: [{ name: undefined, classes: captions.map((_, index) => index) }],
      prompts: { classifierPrompts: captions.map((caption) => [caption]) },
      samples: [show('0', 0), show('90', 90), show('20', 300)],
      temperature: 0.1,
    },
  );
  expect([...found.classes].map((index) => captions[index])).toEqual(['0', '90', '300']);
  expect(textsMost).toBe(8192);
});
