import '@holdfast/testing';
import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from './cross-entropy.js';
import type { ExampleScores } from './example-scores.js';
import { fitTemperature } from './fit-temperature.js';

/** Cosines whose right class is ahead by a noisy margin. */
function createExamples(count: number, classes: number, ahead: number): ExampleScores[] {
  const random = createRandom(4);
  return Array.from({ length: count }, () => {
    const label = random.integer(classes);
    const cosines = Float64Array.from({ length: classes }, (_, c) =>
      c === label ? ahead + 0.1 * random.normal() : 0.1 * random.normal(),
    );
    return { cosines, label };
  });
}

const lossAt = (examples: ExampleScores[], temperature: number) =>
  examples.reduce((sum, example) => sum + crossEntropy(example, temperature), 0) / examples.length;

describe('fitTemperature', () => {
  it('finds the temperature with the smallest mean loss', () => {
    const examples = createExamples(200, 5, 0.1);
    const fitted = fitTemperature(examples, 0.05);
    // The best of a fine grid of the whole range.
    const grid = Array.from({ length: 4000 }, (_, i) => 0.01 * 25 ** (i / 3999));
    const best = grid.toSorted((a, b) => lossAt(examples, a) - lossAt(examples, b))[0]!;
    expect(fitted).toBeAllclose(best, { rtol: 1e-3 });
    expect(lossAt(examples, fitted)).toBeLessThanOrEqual(lossAt(examples, best));
    expect(fitted).toBeGreaterThan(0.01);
    expect(fitted).toBeLessThan(0.25);
  });

  it('does not depend on where it starts, within the range', () => {
    const examples = createExamples(100, 3, 0.1);
    // Converged to 1e-12 of the inverse temperature.
    expect(fitTemperature(examples, 0.04)).toBeAllclose(fitTemperature(examples, 0.09), {
      rtol: 1e-9,
    });
  });

  it('stops at the bounds: sharpest where all is right, softest where all is wrong', () => {
    const right = [{ cosines: Float64Array.of(0.9, 0.1), label: 0 }];
    expect(fitTemperature(right, 0.05)).toBeAllclose(0.01, { rtol: 1e-12 });
    const wrong = [{ cosines: Float64Array.of(0.9, 0.1), label: 1 }];
    expect(fitTemperature(wrong, 0.05)).toBeAllclose(0.25, { rtol: 1e-12 });
  });

  it('refuses to fit nothing', () => {
    expect(() => fitTemperature([], 0.05)).toThrow('no examples');
  });
});

describe('crossEntropy', () => {
  it('neither overflows nor loses a tiny loss at a sharp temperature', () => {
    expect(crossEntropy({ cosines: Float64Array.of(1, -1), label: 1 }, 1e-3)).toBe(2000);
    expect(crossEntropy({ cosines: Float64Array.of(1, -1), label: 0 }, 1e-3)).toBe(0);
  });

  it('answers the softmax on the way', () => {
    const probabilities = new Float64Array(3);
    const cosines = Float64Array.of(0.1, 0.3, 0.2);
    const loss = crossEntropy({ cosines, label: 2 }, 0.1, probabilities);
    const total = Math.exp(1) + Math.exp(3) + Math.exp(2);
    expect(probabilities).toBeAllclose(
      [1, 3, 2].map((z) => Math.exp(z) / total),
      { rtol: 1e-14 },
    );
    expect(loss).toBeAllclose(-Math.log(probabilities[2]!), { rtol: 1e-14 });
  });
});
