import type { LinePoint } from './line-chart.js';

/**
 * Thins a series to about `limit` points without hiding a peak: each bucket of neighbours keeps its
 * lowest and its highest value, in order.
 */
export function thinSeries(points: readonly LinePoint[], limit: number): readonly LinePoint[] {
  if (points.length <= limit) return points;
  const bucketSize = Math.ceil(points.length / Math.max(1, Math.floor(limit / 2)));
  const kept: LinePoint[] = [];
  for (let start = 0; start < points.length; start += bucketSize) {
    kept.push(...keepExtremes(points.slice(start, start + bucketSize)));
  }
  return kept;
}

function keepExtremes(bucket: readonly LinePoint[]): readonly LinePoint[] {
  let lowest: LinePoint | undefined;
  let highest: LinePoint | undefined;
  for (const point of bucket) {
    if (point.y === null) continue;
    if (!lowest || point.y < (lowest.y ?? 0)) lowest = point;
    if (!highest || point.y > (highest.y ?? 0)) highest = point;
  }
  if (!lowest || !highest) return bucket.slice(0, 1);
  if (lowest === highest) return [lowest];
  return lowest.x < highest.x ? [lowest, highest] : [highest, lowest];
}
