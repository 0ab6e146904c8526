import { Attack, EncodeRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { expect, it } from 'vitest';
import { takeEncode, weighAttacks } from './shards.js';

const request = EncodeRequest.fromPartial({
  images: { samples: [7, 8, 9] },
  texts: { texts: ['a'], heads: [0] },
  attack: { steps: 3, labels: [1, 0, 2] },
});

it('gives each replica the classes of the images that it attacks', () => {
  const images = { start: 1, count: 2 };
  const part = takeEncode(request, { images, texts: { start: 0, count: 0 } });
  expect(part.images?.samples).toEqual([8, 9]);
  expect(part.attack).toEqual(Attack.fromPartial({ steps: 3, labels: [0, 2] }));
  const text = takeEncode(request, {
    images: { start: 0, count: 0 },
    texts: { start: 0, count: 1 },
  });
  expect([text.images, text.attack]).toEqual([undefined, undefined]);
});

it('weighs a part by the steps of its attacks', () => {
  expect(weighAttacks(request)).toBe(1 + 3 * 3);
  const attacks = [Attack.fromPartial({ steps: 10, rows: [1], labels: [0] })];
  const { images, texts } = request;
  expect(weighAttacks(EncodeRequest.fromPartial({ images: images!, attacks }))).toBe(1 + 30 / 3);
  expect(weighAttacks(EncodeRequest.fromPartial({ texts: texts! }))).toBe(1);
});

it('gives each replica its rows of attacks of some images, by their places in its part', () => {
  const attacks = [
    { steps: 1, rows: [0, 2], labels: [5, 6] },
    { steps: 2, rows: [1], labels: [7] },
  ];
  const whole = EncodeRequest.fromPartial({ images: request.images!, attacks });
  const texts = { start: 0, count: 0 };
  const take = (start: number, count: number) =>
    takeEncode(whole, { images: { start, count }, texts }).attacks;
  expect(take(0, 3)).toEqual(whole.attacks);
  expect(take(1, 2)).toEqual(
    [
      { steps: 1, rows: [1], labels: [6] },
      { steps: 2, rows: [0], labels: [7] },
    ].map((attack) => Attack.fromPartial(attack)),
  );
  expect(take(0, 1)).toEqual([Attack.fromPartial({ steps: 1, rows: [0], labels: [5] })]);
  expect(take(0, 0)).toEqual([]);
});
