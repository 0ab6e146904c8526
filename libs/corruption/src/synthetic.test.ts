import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { corruptPixels } from './corrupt-pixels.js';

/** A picture with an edge, a slope and three different colours. */
function drawPicture(height: number, width: number) {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      data.set([x < width / 3 ? 220 : 30, (255 * y) / height, 90], at);
    }
  }
  return { height, width, data };
}

const picture = drawPicture(24, 32);
const make = (number: number, seed: number, from = picture) =>
  corruptPixels(from, { name: 'synthetic', number }, seed);
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function deviate(values: Uint8Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('a synthetic image', () => {
  it('is the same wherever and whenever it is made', () => {
    expect(make(3, 5)).toEqual(make(3, 5));
    // Prepared pixels are kept by what they are made of: other pixels need another corruptionVersion.
    const all = Array.from({ length: 40 }, (_, number) => hash(make(number, 1)));
    expect(hash(Buffer.from(all.join()))).toMatchInlineSnapshot(
      `"b40eef93f2f670eaedf652a1aa17f473f06edb82403523b9b15d69d8cf999f88"`,
    );
  });

  it('differs by its number and by the image', () => {
    const made = [make(0, 1), make(1, 1), make(0, 2), make(0, 1, drawPicture(24, 33))];
    expect(new Set(made.map(hash)).size).toBe(4);
    expect(new Set(Array.from({ length: 200 }, (_, number) => hash(make(number, 7)))).size).toBe(
      200,
    );
  });

  it('shows something, and not what its original shows', () => {
    for (let number = 0; number < 100; number += 1) {
      const made = make(number, 11);
      expect(deviate(made), `${number}`).toBeGreaterThan(5);
      const distance = made.reduce((sum, value, i) => sum + Math.abs(value - picture.data[i]!), 0);
      expect(distance / made.length, `${number}`).toBeGreaterThan(10);
    }
  });

  it.each([
    [1, 1],
    [1, 9],
    [5, 2],
    [64, 48],
  ])('is made of %i x %i pixels, and of an image of one colour', (height, width) => {
    const plain = new Uint8Array(height * width * 3).fill(128);
    for (let number = 0; number < 30; number += 1) {
      for (const from of [drawPicture(height, width), { height, width, data: plain }]) {
        const made = make(number, 3, from);
        expect(made).toHaveLength(height * width * 3);
        // What is no number would be 0: brightness is 0.1 and more.
        expect(Math.max(...made)).toBeGreaterThan(0);
      }
    }
  });
});
