/** Names of the measures. All are shares: 0.02 is two points. */
export const measureNames = [
  'targetGain',
  'releasedGain',
  'devSafetyAccuracy',
  'meanProtectedChange',
  'negativeFlips',
] as const;

export type MeasureName = (typeof measureNames)[number];
