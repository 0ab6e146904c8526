import { describe, expect, it } from 'vitest';
import {
  describeImageWait,
  describeMeasuring,
  describePassing,
  startTrainingClock,
} from './training-time.js';

const noTime = {
  seconds: 0,
  imageWaitSeconds: 0,
  measuringSeconds: 0,
  stepImages: 0,
  measuredImages: 0,
  activations: '',
};
const before = { measuringSeconds: 2, measuredImages: 40 };

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
    const clock = startTrainingClock(() => 0, before);
    expect(clock.read()).toEqual({ ...noTime, ...before });
    await clock.stepping(Promise.resolve({ imageWaitSeconds: 0.5, activations: 'all kept' }));
    await clock.stepping(Promise.resolve({ imageWaitSeconds: 0.5, activations: 'some kept' }));
    expect(clock.read()).toMatchObject({ imageWaitSeconds: 1, activations: 'some kept' });
  });

  it('tells measuring from steps', async () => {
    let embedded = 7;
    const clock = startTrainingClock(() => embedded, before);
    const step = { imageWaitSeconds: 0, activations: '' };
    const work = async (images: number) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      embedded += images;
      return step;
    };
    expect(await clock.stepping(work(5))).toBe(step);
    const { seconds, measuringSeconds } = clock.read();
    expect(seconds).toBeGreaterThan(0.01);
    expect(measuringSeconds).toBe(2);
    await clock.measuring(work(300));
    expect(clock.read().seconds).toBe(seconds);
    expect(clock.read().measuringSeconds).toBeGreaterThan(2.01);
    expect(clock.read()).toMatchObject({ stepImages: 5, measuredImages: 340 });
  });
});

it('describes measuring as a share of steps and measurements', () => {
  expect(describeMeasuring({ ...noTime, seconds: 75, measuringSeconds: 25 })).toBe(
    '25.0 % of 100 s of training and measuring',
  );
  expect(describeMeasuring(noTime)).toBe('0.0 % of 0 s of training and measuring');
});
