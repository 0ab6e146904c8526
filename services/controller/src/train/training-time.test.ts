import { EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { describe, expect, it } from 'vitest';
import type { OpenRun } from '../run/open-run.js';
import { describeImageWait, describeMeasuring, startTrainingClock } from './training-time.js';

const noTime = { seconds: 0, imageWaitSeconds: 0, measuringSeconds: 0, activations: '' };

/** A run whose encoder answers the same to every call. */
function createRun(response: Partial<EncodeResponse>): OpenRun {
  const encode = async () => EncodeResponse.fromPartial(response);
  return { clients: { encoder: { encode } } } as unknown as OpenRun;
}

describe('a training clock', () => {
  it.each([
    [1, false, 'all kept, in one pass'],
    [1, true, "blocks' inputs kept, the rest computed again, in one pass"],
    [2, false, 'all kept, in two passes over parts of a batch'],
    [2, true, "blocks' inputs kept, the rest computed again, in two passes over parts of a batch"],
  ])('says how a step with %i passes, recomputed %s, fits', async (passes, recomputed, said) => {
    const clock = startTrainingClock(createRun({ passes, recomputed, imageWaitSeconds: 0.5 }), 2);
    const { encode } = clock.run.clients.encoder;
    expect(clock.read()).toEqual({ ...noTime, measuringSeconds: 2 });
    await encode({ retain: true });
    await encode({ retain: false });
    expect(clock.read()).toMatchObject({ imageWaitSeconds: 1, activations: said });
  });
});

it('describes a wait as a share of training', () => {
  const time = { ...noTime, seconds: 200, imageWaitSeconds: 3 };
  expect(describeImageWait(time)).toBe('1.5 % of 200 s of training');
  expect(describeImageWait({ ...time, seconds: 0 })).toBe('0.0 % of 0 s of training');
});

it('describes measuring as a share of steps and measurements, whichever it counted', async () => {
  const clock = startTrainingClock(createRun({}), 2);
  const sleep = new Promise<string>((resolve) => setTimeout(() => resolve('done'), 20));
  expect(await clock.stepping(sleep)).toBe('done');
  const { seconds, measuringSeconds } = clock.read();
  expect(seconds).toBeGreaterThan(0.01);
  expect(measuringSeconds).toBe(2);
  await clock.measuring(new Promise((resolve) => setTimeout(resolve, 20)));
  expect(clock.read().seconds).toBe(seconds);
  expect(clock.read().measuringSeconds).toBeGreaterThan(2.01);
  expect(describeMeasuring({ ...noTime, seconds: 75, measuringSeconds: 25 })).toBe(
    '25.0 % of 100 s of training and measuring',
  );
  expect(describeMeasuring(noTime)).toBe('0.0 % of 0 s of training and measuring');
});
