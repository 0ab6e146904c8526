import type { MeanInterval } from './statistics/mean-interval.js';

/** Means that a method is placed by. */
interface Placed {
  readonly targetGain: MeanInterval;
  readonly devSafetyAccuracy: MeanInterval;
}

/**
 * Which methods are on the Pareto front of safety and gain: no other is at least as good in both and better in one. What
 * has no means is not on it.
 */
export function findFront(placed: readonly (Placed | null)[]): boolean[] {
  const points = placed.map((each) => {
    const [gain, safety] = [each?.targetGain.mean, each?.devSafetyAccuracy.mean];
    return gain == null || safety == null ? undefined : { gain, safety };
  });
  return points.map(
    (one) =>
      one !== undefined &&
      !points.some(
        (other) =>
          other !== undefined &&
          other.gain >= one.gain &&
          other.safety >= one.safety &&
          (other.gain > one.gain || other.safety > one.safety),
      ),
  );
}
