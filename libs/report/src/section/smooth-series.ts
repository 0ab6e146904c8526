import type { LinePoint } from '../chart/line-chart.js';

/** A moving median over a twentieth of the series (at least five points), centred, cut at the ends. */
export function smoothSeries(points: readonly LinePoint[]): readonly LinePoint[] {
  const half = Math.max(2, Math.floor(points.length / 40));
  return points.map((point, index) => ({
    x: point.x,
    y: findMedian(points.slice(Math.max(0, index - half), index + half + 1)),
  }));
}

function findMedian(points: readonly LinePoint[]): number | null {
  const values = points
    .flatMap((point) => (point.y === null ? [] : [point.y]))
    .sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle];
  if (upper === undefined) return null;
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] ?? upper)) / 2;
}
