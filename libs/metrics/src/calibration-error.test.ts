import { describe, expect, it } from 'vitest';
import { calibrationError } from './calibration-error.js';
import { softmaxConfidences } from './softmax-confidences.js';

describe('calibrationError', () => {
  it('is what torchmetrics documents for its BinaryCalibrationError', () => {
    const confidences = [0.25, 0.25, 0.55, 0.75, 0.75];
    const isRight = [false, false, true, true, true];
    expect(calibrationError({ confidences, isRight, bins: 2 })).toBeCloseTo(0.29, 12);
    // 3 bins: (0, 1/3] and (2/3, 1] are sure by 0.25 too much and too little, (1/3, 2/3] by 0.45 too little.
    expect(calibrationError({ confidences, isRight, bins: 3 })).toBeCloseTo(
      (2 * 0.25 + 0.45 + 2 * 0.25) / 5,
      12,
    );
  });

  it('is 0 where three of four answers given with 0.75 are right, and 1 where all certain ones are wrong', () => {
    const isRight = [true, false, true, true];
    expect(calibrationError({ confidences: [0.75, 0.75, 0.75, 0.75], isRight })).toBe(0);
    expect(calibrationError({ confidences: [1, 1], isRight: [false, false] })).toBe(1);
  });

  it('counts a confidence on an edge in the bin below it', () => {
    // 0.2 = 3 / 15 exactly in none of float64's values; 0.5 of two bins is an edge.
    const confidences = [0.5, 0.4];
    expect(calibrationError({ confidences, isRight: [true, false], bins: 2 })).toBeCloseTo(0.05);
    expect(calibrationError({ confidences: [0], isRight: [false] })).toBe(0);
  });

  it('refuses what is no answer', () => {
    expect(() => calibrationError({ confidences: [], isRight: [] })).toThrow('needs an answer');
    expect(() => calibrationError({ confidences: [1], isRight: [] })).toThrow('but 0 answers');
    expect(() => calibrationError({ confidences: [Number.NaN], isRight: [true] })).toThrow('NaN');
    expect(() => calibrationError({ confidences: [1], isRight: [true], bins: 0 })).toThrow('bins');
  });
});

describe('softmaxConfidences', () => {
  const classifier = { rows: 2, columns: 2, data: [1, 0, 0, 1] };
  const images = { rows: 2, columns: 2, data: [1, 0, 0.6, 0.8] };

  it('is the probability of the likelier of two classes', () => {
    const found = softmaxConfidences({ images, classifier, temperature: 0.5 });
    // Two classes: 1 / (1 + exp(-(s_1 - s_2) / tau)).
    expect(found[0]).toBeCloseTo(1 / (1 + Math.exp(-1 / 0.5)), 14);
    expect(found[1]).toBeCloseTo(1 / (1 + Math.exp(-0.2 / 0.5)), 14);
  });

  it('does not overflow at a small temperature, and refuses one of 0', () => {
    expect([...softmaxConfidences({ images, classifier, temperature: 1e-4 })]).toEqual([1, 1]);
    expect(() => softmaxConfidences({ images, classifier, temperature: 0 })).toThrow('temperature');
  });
});
