import { describe, expect, it } from 'vitest';
import {
  deriveLearningRate,
  deriveSteps,
  deriveTemperature,
  deriveWarmupSteps,
} from './derive-defaults.js';

describe('deriveLearningRate', () => {
  const rateOf = (modelParameters: number, scope: 'full' | 'adapters' = 'full') =>
    deriveLearningRate({ scope }, { modelParameters }).value;

  it('goes through what was measured on the example and what is published for CLIP ViT-B', () => {
    expect(rateOf(670_000)).toBe(3e-4);
    expect(rateOf(150e6)).toBe(1e-5);
    // ViT-L/14: between FLYP's 1e-5 and the 1e-6 of the paper's scripts.
    expect(rateOf(428e6)).toBe(5.2e-6);
  });

  it('stays within what was ever tried, however small or large the model', () => {
    expect(rateOf(1000)).toBe(1e-3);
    expect(rateOf(1e12)).toBe(1e-6);
  });

  it('is ten times larger for adapters, and says so', () => {
    expect(rateOf(670_000, 'adapters')).toBe(3e-3);
    expect(deriveLearningRate({ scope: 'adapters' }, { modelParameters: 150e6 }).because).toBe(
      'a model of 150 million parameters, and 10 times that for the scope adapters',
    );
  });
});

describe('deriveTemperature', () => {
  it.each([
    [100, 0.01],
    [13.74, 0.0728],
    [1000, 0.01],
    [1, 0.1],
  ])('is one over the logit scale %d, within limits', (logitScale, temperature) => {
    expect(deriveTemperature({ logitScale }).value).toBe(temperature);
  });
});

describe('deriveSteps', () => {
  const stepsOf = (targetImages: number, targetBatch = 64) =>
    deriveSteps({ targetBatch }, { targetImages });

  it('sees every target image 60 times, in 300 to 2000 steps', () => {
    expect(stepsOf(320)).toEqual({
      value: 600,
      because: 'sees each of 320 target images about 60 times',
    });
    expect(stepsOf(320, 32).value).toBe(1200);
    expect(stepsOf(1).value).toBe(300);
    expect(stepsOf(5000)).toEqual({
      value: 2000,
      because: 'sees each of 5000 target images about 13 times',
    });
    expect(deriveSteps({ targetBatch: 64 }, { targetImages: 320 }, 2)).toEqual({
      value: 600,
      because: 'sees each of 320 images of 2 targets about 60 times in the mean',
    });
  });
});

it('warms up for a twentieth of the run, and never longer than the run', () => {
  expect([4, 100, 600, 2000].map((steps) => deriveWarmupSteps(steps).value)).toEqual([
    4, 10, 30, 100,
  ]);
});
