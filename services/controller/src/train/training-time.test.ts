import { describe, expect, it } from 'vitest';
import {
  describeImageWait,
  describeMeasuring,
  describePassing,
  startTrainingClock,
} from './training-time.js';

const noTime = { seconds: 0, imageWaitSeconds: 0, measuringSeconds: 0, activations: '' };

it.each([
  [1, false, 'all kept, in one pass'],
  [1, true, "blocks' inputs kept, the rest computed again, in one pass"],
  [2, false, 'all kept, in two passes over parts of a batch'],
  [2, true, "blocks' inputs kept, the rest computed again, in two passes over parts of a batch"],
])('says how a step with %i passes, recomputed %s, fits', (passes, recomputed, said) => {
  expect(describePassing({ passes, recomputed })).toBe(said);
});

it('describes a wait as a share of training', () => {
  const time = { ...noTime, seconds: 200, imageWaitSeconds: 3 };
  expect(describeImageWait(time)).toBe('1.5 % of 200 s of training');
  expect(describeImageWait({ ...time, seconds: 0 })).toBe('0.0 % of 0 s of training');
});

describe('a training clock', () => {
  it('adds up what the steps waited', async () => {
    const clock = startTrainingClock(2);
    expect(clock.read()).toEqual({ ...noTime, measuringSeconds: 2 });
    await clock.stepping(Promise.resolve({ imageWaitSeconds: 0.5, activations: 'all kept' }));
    await clock.stepping(Promise.resolve({ imageWaitSeconds: 0.5, activations: 'some kept' }));
    expect(clock.read()).toMatchObject({ imageWaitSeconds: 1, activations: 'some kept' });
  });

  it('tells measuring from steps', async () => {
    const clock = startTrainingClock(2);
    const step = { imageWaitSeconds: 0, activations: '' };
    const sleep = new Promise<typeof step>((resolve) => setTimeout(() => resolve(step), 20));
    expect(await clock.stepping(sleep)).toBe(step);
    const { seconds, measuringSeconds } = clock.read();
    expect(seconds).toBeGreaterThan(0.01);
    expect(measuringSeconds).toBe(2);
    await clock.measuring(new Promise((resolve) => setTimeout(resolve, 20)));
    expect(clock.read().seconds).toBe(seconds);
    expect(clock.read().measuringSeconds).toBeGreaterThan(2.01);
  });
});

it('describes measuring as a share of steps and measurements', () => {
  expect(describeMeasuring({ ...noTime, seconds: 75, measuringSeconds: 25 })).toBe(
    '25.0 % of 100 s of training and measuring',
  );
  expect(describeMeasuring(noTime)).toBe('0.0 % of 0 s of training and measuring');
});
