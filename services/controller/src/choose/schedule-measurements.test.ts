import { describe, expect, it } from 'vitest';
import { type MeasuringCosts, scheduleMeasurements } from './schedule-measurements.js';

/** The default plan on 20 tasks: 254 images a step, 190 of them seen by the reference too. */
const usual: MeasuringCosts = {
  steps: 600,
  stepForwards: 3 * 254 + 190,
  steeringImages: 4000,
  tasks: 20,
  versions: 1,
  alphas: 3,
  shareMax: 0.25,
};
const schedule = (changes: Partial<MeasuringCosts> = {}) =>
  scheduleMeasurements({ ...usual, ...changes });

describe('scheduleMeasurements', () => {
  it('measures all steering images twenty times where that is cheap', () => {
    expect(schedule()).toEqual({
      everySteps: 30,
      screeningImages: 4000,
      decidingImages: 4000,
      leadersMax: 3,
      // 20 measurements, the reference, and of 3 leaders 2 more alphas: 27 times 4,000 images of 571,200 + 108,000.
      share: 108_000 / (571_200 + 108_000),
    });
  });

  it('looks at fewer images in training than in the end where all are too many', () => {
    const found = schedule({ steeringImages: 50_000 });
    expect(found).toMatchObject({ everySteps: 30, leadersMax: 3 });
    // Half of a third of 571,200 forwards each: 95,200 over 20 looks, and over the reference and 3 leaders at 3 alphas.
    expect(found.screeningImages).toBe(4760);
    expect(found.decidingImages).toBe(9520);
    expect(found.share).toBeLessThanOrEqual(0.25);
  });

  it('gives up looks and leaders before it looks at fewer than 30 images a task', () => {
    const found = schedule({ steps: 30 });
    // Half of a third of 28,560 forwards is 4,760: 7 looks at 680, and 680 for the reference and 2 leaders at 3 alphas.
    expect(found).toMatchObject({ leadersMax: 2, decidingImages: 680 });
    expect(found).toMatchObject({ everySteps: 5, screeningImages: 680 });
    expect(found.share).toBeLessThanOrEqual(0.25);
  });

  it('looks at fewer images where they cost more', () => {
    const found = schedule({ steeringImages: 50_000, imageForwards: 16 });
    // 95,200 forwards are 5,950 images: 9 looks, for 30 images a task; the reference and 2 leaders at 3 alphas.
    expect(found).toMatchObject({ screeningImages: 661, leadersMax: 2, decidingImages: 850 });
    expect(found.share).toBeLessThanOrEqual(0.25);
  });

  it('counts the last weights where they are measured too', () => {
    const twice = schedule({ steeringImages: 50_000, versions: 2 });
    expect(twice.screeningImages).toBe(2380);
    expect(twice.share).toBeLessThanOrEqual(0.25);
  });

  it.each([
    ['steps', [1, 7, 60, 601, 20_000]],
    ['steeringImages', [1, 599, 4001, 1_000_000]],
    ['alphas', [1, 6]],
    ['tasks', [2, 1000]],
    ['shareMax', [0.01, 0.5]],
  ] as const)('keeps to the share for any %s, or measures the least there is', (field, values) => {
    for (const value of values) {
      const costs = { ...usual, [field]: value };
      const { share, ...found } = scheduleMeasurements(costs);
      const enough = Math.min(costs.steeringImages, 30 * costs.tasks);
      const isLeast =
        found.leadersMax === 1 &&
        found.screeningImages === enough &&
        found.everySteps === costs.steps;
      const isLeastDeciding = found.leadersMax === 1 && found.decidingImages === enough;
      expect(share <= costs.shareMax || isLeast || isLeastDeciding, `${field} ${value}`).toBe(true);
      expect(found.screeningImages).toBeLessThanOrEqual(found.decidingImages);
      expect(found.decidingImages).toBeLessThanOrEqual(costs.steeringImages);
      expect(Math.ceil(costs.steps / found.everySteps)).toBeLessThanOrEqual(20);
    }
  });

  it('takes the period of the plan and fits the images to it', () => {
    const often = schedule({ everySteps: 1 });
    expect(often.everySteps).toBe(1);
    expect(often.screeningImages).toBe(600);
    expect(often.share).toBeGreaterThan(0.25);
    const rarely = schedule({ everySteps: 300, steeringImages: 50_000 });
    expect(rarely.everySteps).toBe(300);
    expect(rarely.screeningImages).toBe(rarely.decidingImages);
  });
});
