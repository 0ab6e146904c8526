/** Names of the measures. All are shares: 0.02 is two points. */
export const measureNames = [
  'targetGain',
  'releasedGain',
  'devSafetyAccuracy',
  'meanProtectedChange',
  'negativeFlips',
] as const;

export type MeasureName = (typeof measureNames)[number];

/** The same for each measure. */
export function forEachMeasure<T>(value: T): Record<MeasureName, T> {
  return Object.fromEntries(measureNames.map((name) => [name, value])) as Record<MeasureName, T>;
}
